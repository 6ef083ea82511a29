"""A server process on a host. Files say what is known about it, so that every program in the lab finds it."""

import os
import pathlib
import signal
import subprocess
from collections.abc import Iterable

from cluster import hosts
from waiting import Failure, wait_until

# The shell stays, to note how the server ends.
KEEPER = '"$@" & echo $! >"$0.pid"; wait $!; echo $? >"$0.status"'


class Server:
    def __init__(
        self, name: str, host: str, command: Iterable[object], folder: str | pathlib.Path
    ) -> None:
        self.name = name
        self.host = host
        self.command = list(command)
        self.base = pathlib.Path(folder) / name
        self.log = self.base.with_suffix(".log")

    def start(self) -> None:
        for suffix in [".pid", ".status"]:
            self.base.with_suffix(suffix).unlink(missing_ok=True)
        command = ["setsid", "--fork", "sh", "-c", KEEPER, str(self.base)]
        command += hosts.inside(self.host, self.command)
        with open(self.log, "a", encoding="utf-8") as log:
            subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=True)
        wait_until(self.pid, f"{self.name} starts")

    def number(self, suffix: str) -> int | None:
        try:
            return int(self.base.with_suffix(suffix).read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return None

    def pid(self) -> int | None:
        return self.number(".pid")

    def exit_status(self) -> int | None:
        """As from a shell: 128 plus the signal if one ended it. None while it runs."""
        return self.number(".status")

    def runs(self) -> bool:
        return self.pid() is not None and self.exit_status() is None

    def send(self, number: int) -> None:
        pid = self.pid()
        if pid is None or not self.runs():
            raise Failure(f"{self.name} does not run")
        os.kill(pid, number)

    def kill(self) -> None:
        self.send(signal.SIGKILL)
        wait_until(lambda: not self.runs(), f"{self.name} ends")

    def check(self) -> None:
        """If it has ended, raises Failure with its last words."""
        if not self.runs():
            last = self.log.read_text(encoding="utf-8").strip().rpartition("\n")[2]
            raise Failure(f"{self.name} ended with {self.exit_status()}: {last} ({self.log})")
