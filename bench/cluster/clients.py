"""Clients, on hosts of the lab: bench/load, those that say nothing, and those that do not retry."""

import json
import subprocess
import tempfile
import threading
import time

from cluster import balancer, hosts, resp
from cluster.hosts import ADDRESSES
from cluster.tier import ENTRANCE
from cluster.waiting import Failure, wait_until


class Load:
    """bench/load at a steady rate for a fixed time. It dials again where its connection was closed, and
    sends once more what was not answered."""

    def __init__(self, tier, host, *options, target=ENTRANCE, connections=30):
        self.host = host
        command = [
            tier.programs / "bench/load/load",
            "--target",
            f"{target[0]}:{target[1]}",
            "--json",
        ]
        command += ["--connections", connections, "--warmup", "0ms", "--timeout", "10s", *options]
        self.program = Program("bench/load", hosts.inside(host, map(str, command)))
        self.connections = connections

    def wait_until_connected(self):
        wait_until(lambda: self.connected() == self.connections, "bench/load connects")

    def connected(self, gateway=None):
        """How many of its connections there are, or go to that gateway."""
        found = balancer.sessions("gateways").items()
        own = [server for (address, _), server in found if address == ADDRESSES[self.host]]
        return len(own) if gateway is None else own.count(gateway)

    def result(self, outlives=True):
        """Once it is over. It must not be yet: it is there to see all that happened."""
        if outlives and not self.program.runs():
            raise Failure("bench/load ended before what it is there to see")
        return json.loads(self.program.output())


class Program:
    """What it prints goes to files, so that it never waits until somebody reads."""

    def __init__(self, name, command):
        self.name = name
        self.files = [tempfile.TemporaryFile("w+", encoding="utf-8") for _ in range(2)]
        self.process = subprocess.Popen(command, stdout=self.files[0], stderr=self.files[1])

    def runs(self):
        return self.process.poll() is None

    def output(self):
        """Once it has ended. Raises Failure, with its own words, if it printed nothing."""
        self.process.wait()
        output, errors = (self.printed(file) for file in self.files)
        if not output:
            raise Failure(f"{self.name}: {errors.strip()}")
        return output

    @staticmethod
    def printed(file):
        with file:
            file.seek(0)
            return file.read()


def idle(host, count):
    """Connections that have been answered once, and then say nothing."""
    clients = [resp.Client(ENTRANCE, host) for _ in range(count)]
    for client in clients:
        client.ask("PING")
    return clients


class Steady(threading.Thread):
    """A client that asks `question(n)` for n = 0, 1, 2… on one connection, with that pause in seconds
    after each reply, and retries nothing. A connection that it finds closed before it asks it dials again.
    """

    def __init__(self, host, question, pause=0.01):
        super().__init__(daemon=True)
        self.question = question
        self.pause = pause
        self.answers = []  # (when, n, reply), or its exception in place of the reply.
        self.redials = 0
        self.over = threading.Event()
        self.client = resp.Client(ENTRANCE, host, timeout=20)
        self.start()

    def run(self):
        number = 0
        while not self.over.wait(self.pause):
            try:
                if self.lost():
                    self.client.close()
                    self.client.dial()
                    self.redials += 1
                answer = self.client.ask(*self.question(number))
            except (resp.ErrorReply, OSError) as error:
                answer = error
            self.answers.append((time.monotonic(), number, answer))
            number += 1

    def lost(self):
        if self.answers and isinstance(self.answers[-1][2], OSError):
            return True
        try:
            return self.client.closed_by_peer()
        except OSError:
            return True

    def failed(self):
        return [answer for answer in self.answers if isinstance(answer[2], Exception)]

    def failing_periods(self):
        """How often it went from being answered to not being answered."""
        bad = [False] + [isinstance(answer, Exception) for _, _, answer in self.answers]
        return sum(now and not before for before, now in zip(bad, bad[1:]))

    def answered_since(self, moment):
        """Whether the last word was an answer, and came after that time."""
        when, _, answer = self.answers[-1]
        return when > moment and not isinstance(answer, Exception)

    def stop(self):
        self.over.set()
        self.join()
        self.client.close()
