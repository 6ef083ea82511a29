"""Clients on hosts of the lab: bench/load, silent ones, and ones that do not retry."""

import json
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import resp
from cluster import balancer, hosts
from cluster.hosts import ADDRESSES
from cluster.tier import ENTRANCE, Tier
from waiting import Failure, wait_until


AFTERWARDS = 500  # requests of any client that must still come after all has happened


class Load:
    """bench/load. If its connection was closed, it dials again, and repeats what was not answered.
    It prints into files, because a full pipe would keep it from ending."""

    def __init__(
        self,
        tier: Tier,
        host: str,
        *options: object,
        target: tuple[str, int] = ENTRANCE,
        connections: int = 30,
    ) -> None:
        self.tier = tier
        self.host = host
        self.connections = connections
        command = [tier.programs / "bench/load/load", "--target", f"{target[0]}:{target[1]}"]
        command += ["--connections", connections, "--warmup", "0ms", "--timeout", "10s", "--json"]
        self.printed, self.errors = (tempfile.TemporaryFile("w+") for _ in range(2))
        self.process = subprocess.Popen(
            hosts.inside(host, [*command, *options]), stdout=self.printed, stderr=self.errors
        )

    def runs(self) -> bool:
        return self.process.poll() is None

    def output(self) -> str:
        """Its output, once it is over. Raises Failure, with its own words, if there is none."""
        self.process.wait()
        with self.printed, self.errors:
            for file in [self.printed, self.errors]:
                file.seek(0)
            output, errors = self.printed.read(), self.errors.read()
        if not output:
            raise Failure(errors.strip())
        return output

    def connected(self, gateway: str | None = None) -> int:
        """How many connections it has, or has to that gateway."""
        found = balancer.sessions("gateways").items()
        own = [server for (address, _), server in found if address == ADDRESSES[self.host]]
        return len(own) if gateway is None else own.count(gateway)

    def result(self) -> dict[str, Any]:
        """Ends it, as Ctrl-C does. It must not be over yet: it has to see everything that happened,
        however long that took."""
        self.tier.wait_for_requests(AFTERWARDS)
        if not self.runs():
            raise Failure("bench/load ended before what it is there to see")
        self.process.send_signal(signal.SIGINT)
        return json.loads(self.output())


def steady_load(tier: Tier, rate: int) -> Load:
    """Connected completely; sends so many requests a second until its result() is asked for."""
    load = Load(tier, "client1", "--rate", rate, "--duration", "3min")
    wait_until(lambda: load.connected() == load.connections, "bench/load connects")
    return load


def idle(host: str, count: int) -> list[resp.Client]:
    """Connections that were answered once, and then stay silent."""
    with hosts.visiting(host):
        clients = [resp.Client(ENTRANCE) for _ in range(count)]
    for client in clients:
        client.ask("PING")
    return clients


class Steady(threading.Thread):
    """A client that asks `question(n)` for n = 0, 1, 2… on one connection, with that pause in seconds
    after each reply, and without retries. If it finds the connection closed before it asks, it redials.
    """

    def __init__(
        self, host: str, question: Callable[[int], Iterable[object]], pause: float = 0.01
    ) -> None:
        super().__init__(daemon=True)
        self.question = question
        self.pause = pause
        # (when, n, reply), or the exception instead of the reply.
        self.answers: list[tuple[float, int, Any]] = []
        self.redials = 0
        self.over = threading.Event()
        self.host = host
        with hosts.visiting(host):
            self.client = resp.Client(ENTRANCE, timeout=20)
        self.start()

    def run(self) -> None:
        number = 0
        while not self.over.wait(self.pause):
            try:
                if self.lost():
                    self.client.close()
                    with hosts.visiting(self.host):
                        self.client.dial()
                    self.redials += 1
                answer = self.client.ask(*self.question(number))
            except (resp.ErrorReply, OSError) as error:
                answer = error
            self.answers.append((time.monotonic(), number, answer))
            number += 1

    def lost(self) -> bool:
        if self.answers and isinstance(self.answers[-1][2], OSError):
            return True
        try:
            return self.client.closed_by_peer()
        except OSError:
            return True

    def failed(self) -> list[tuple[float, int, Any]]:
        return [answer for answer in self.answers if isinstance(answer[2], Exception)]

    def failing_periods(self) -> int:
        """How often answers turned into failures."""
        bad = [False] + [isinstance(answer, Exception) for _, _, answer in self.answers]
        return sum(now and not before for before, now in zip(bad, bad[1:]))

    def answered_since(self, moment: float) -> bool:
        """Whether the last result was an answer, after that time."""
        when, _, answer = self.answers[-1]
        return when > moment and not isinstance(answer, Exception)

    def stop(self) -> None:
        self.over.set()
        self.join()
        self.client.close()
