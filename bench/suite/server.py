"""A running server: the upstream, or what is measured."""

import contextlib
import os
import resource
import signal
import socket
import subprocess
import threading
from dataclasses import dataclass
from typing import Any, Self, TextIO

from processes import start
from resp import counters
from suite import evidence
from waiting import Failure, poll_until

GRACE = 120  # seconds that a process may be late before it counts as a failure


@dataclass
class Server:
    """A process that listens."""

    process: subprocess.Popen[Any]
    port: int

    @classmethod
    def start(
        cls, arguments: list[str], port: int, log: TextIO, *, host: str = "127.0.0.1"
    ) -> Self:
        process = start(arguments, stdout=log, stderr=log)
        begun = poll_until(lambda: process.poll() is not None or accepts(host, port))
        if not begun or process.poll() is not None:
            process.kill()
            process.wait()
            program = os.path.basename(arguments[0])
            raise Failure(f"{program} did not start; its words are in {log.name}")
        return cls(process, port)

    @property
    def pid(self) -> int:
        return self.process.pid

    def info(self) -> dict[str, int]:
        return counters(self.port)

    def stop(self) -> tuple[resource.struct_rusage, int]:
        """SIGTERM. Returns what it used in all its life, and its exit code."""
        self.process.send_signal(signal.SIGTERM)
        watchdog = threading.Timer(GRACE, self.kill_family)
        watchdog.start()
        try:
            _, status, usage = os.wait4(self.pid, 0)
        finally:
            watchdog.cancel()
        self.process.returncode = os.waitstatus_to_exitcode(status)
        return usage, self.process.returncode

    def check_that_it_runs(self) -> None:
        if (code := self.process.poll()) is not None:
            raise Failure(f"it ended by itself, with exit code {code}")

    def kill_family(self) -> None:
        """Kills it, and what it started if it is a wrapper."""
        for pid in reversed(evidence.family(self.pid)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def kill(self) -> None:
        if self.process.returncode is None:
            self.kill_family()
            self.process.wait()


def accepts(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=5).close()
        return True
    except OSError:
        return False
