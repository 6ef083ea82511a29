"""Runs a load generator, and something else beside it."""

import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from processes import start
from suite.server import GRACE
from waiting import Failure

# Called while the generator runs, with an event that is set once it has ended.
Meanwhile = Callable[[threading.Event], None]


def generate(command: list[str], seconds: float, meanwhile: Meanwhile | None) -> tuple[str, str]:
    """The output of a load generator: its result, and its errors. It may take a little longer."""
    generator = start(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    ended = threading.Event()
    with ThreadPoolExecutor(1) as thread:
        beside = thread.submit(meanwhile or (lambda _: None), ended)
        try:
            printed = generator.communicate(timeout=seconds + GRACE)
        except subprocess.TimeoutExpired:
            raise Failure("the load generator does not end") from None
        finally:
            generator.kill()
            generator.wait()
            ended.set()
    beside.result()  # raises the exception that ended it
    return printed
