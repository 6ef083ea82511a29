"""Child processes, and those of a soak: the upstream, a stage, the load generator."""

import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any, TextIO

import resp
from waiting import Failure, poll_until

GAUGES = ["requests_in_flight", "upstream_open", "pool_open", "channel_depth"]
# As gateway/counters.hpp promises: each is the sum of the others.
LAWS = {
    "connections_accepted": ["connections_served", "connections_refused", "connections_open"],
    "pool_acquires": ["pool_hits", "pool_misses"],
    "upstream_dials": ["upstream_closed", "upstream_open"],
}
ENDS_WITH_PARENT = ["setpriv", "--pdeathsig", "KILL"]


def start(command: list[str], **streams: Any) -> subprocess.Popen[Any]:
    """A child process that the kernel kills with this one."""
    return subprocess.Popen([*ENDS_WITH_PARENT, *command], **streams)


def reserved_port() -> tuple[socket.socket, int]:
    """A port that a server can take again and again, as long as the socket is open."""
    reserved = socket.socket()
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reserved.bind(("127.0.0.1", 0))
    return reserved, reserved.getsockname()[1]


def redis_server(port: int, folder: str) -> list[str]:
    """The command of a Redis that saves to `folder`, if it is told to."""
    place = ["--bind", "127.0.0.1", "--port", str(port), "--dir", folder]
    return ["redis-server", *place, "--save", ""]


def upstream_command(kind: str, build: str, port: int, folder: str, delay: str = "") -> list[str]:
    """Of Redis if `kind` is redis; otherwise of our small origin, which alone can be slow."""
    if kind == "redis" and not delay:
        return [*redis_server(port, folder), "--maxclients", "15000"]
    command = [f"{build}/common/origin/origin", "--listen", f"127.0.0.1:{port}"]
    return [*command, "--delay", delay] if delay else command


class Upstream:
    """Redis, always on the same port. It comes back with the data that it saved. A key's value never
    changes, so no restart makes a reply wrong."""

    def __init__(self, directory: str) -> None:
        self.reserved, self.port = reserved_port()
        self.directory = directory
        self.start()

    def start(self) -> None:
        self.process = start(redis_server(self.port, self.directory), stdout=subprocess.DEVNULL)
        poll_until(lambda: self.answers() or self.process.poll() is not None)
        if not self.answers():
            raise Failure("redis-server did not start")

    def answers(self) -> bool:
        try:
            return resp.ask(self.port, "PING") == "PONG"
        except (OSError, resp.ErrorReply):
            return False

    def close(self) -> None:
        self.process.kill()
        self.process.wait()


def check_laws(counters: Mapping[str, int]) -> None:
    for whole, parts in LAWS.items():
        if counters[whole] != sum(counters[part] for part in parts):
            raise Failure(f"{whole} is not the sum of {', '.join(parts)}: {counters}")


class Gateway:
    """One stage."""

    def __init__(self, program: str, options: list[str], log: TextIO) -> None:
        command = [program, "--listen", "127.0.0.1:0", *options]
        self.process = start(command, stdout=subprocess.PIPE, stderr=log, text=True)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line.startswith("listening on "):
            raise Failure("it did not start")
        self.port = int(line.rsplit(":", 1)[1])

    def info(self) -> dict[str, int]:
        return resp.counters(self.port)

    def rests(self) -> bool:
        now = self.info()
        return now["connections_open"] == 1 and not any(now[gauge] for gauge in GAUGES)

    def usage(self) -> tuple[int, int, float]:
        """Threads, descriptors, and resident memory in MB."""
        proc = f"/proc/{self.process.pid}"
        with open(f"{proc}/statm", encoding="ascii") as statm:
            resident = int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
        return len(os.listdir(f"{proc}/task")), len(os.listdir(f"{proc}/fd")), resident

    def usage_at_rest(self) -> tuple[float, ...]:
        """The least over half a second: the thread of the last question ends a little later."""
        samples = []
        for _ in range(10):
            samples.append(self.usage())
            time.sleep(0.05)
        return tuple(map(min, zip(*samples)))

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        if (code := self.process.wait(timeout=20)) != 0:
            raise Failure(f"SIGTERM ended it with {code}")

    def close(self) -> None:
        with self.process:  # waits for its end, and closes its output
            self.process.kill()


class Load(threading.Thread):
    """Runs of the load generator, one after another until stopped; `tally` gets their results."""

    def __init__(self, command: list[str], tally: Counter[str]) -> None:
        super().__init__()
        self.command = command
        self.tally = tally
        self.over = threading.Event()
        self.start()

    def run(self) -> None:
        while not self.over.wait(0.05):
            generator = start(self.command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            output = generator.communicate()[0]
            if output:  # otherwise the upstream was away at the start
                result = json.loads(output)
                self.tally.update(result["errors_by_cause"], replies=result["replies_in_all"])

    def stop(self) -> None:
        self.over.set()
        self.join()
