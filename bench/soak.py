"""Puts load on all four stages while their upstreams fail and clients misbehave, at random.

Asserts that no reply is ever wrong; that the counters obey their laws; that threads, descriptors
and memory are in the end what they were early on; and that SIGTERM ends each with exit code 0."""

import argparse
import collections
import concurrent.futures
import contextlib
import random
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from typing import TextIO

import resp
from processes import Gateway, Load, Upstream, check_laws, start
from waiting import Failure, poll_until

STAGES = ["stage1_naive", "stage2_pool", "stage3_keepalive", "stage4_workers"]
# Short, so that each fault meets its deadline again and again.
OPTIONS = "--connect-timeout 200ms --request-timeout 500ms".split()
POOL_OPTIONS = "--pool-idle-timeout 500ms --pool-max-lifetime 5s".split()
KEPT_CLIENTS_OPTIONS = "--read-timeout 2s --idle-timeout 3s".split()
LOAD_OPTIONS = "--keys 1000 --value-size 200 --timeout 10s --json".split()
# What clients may be told while the upstream is away. Anything else is a failure.
EXPECTED_ERRORS = ("error reply: -ERR upstream", "error reply: -LOADING")
RSS_SLACK_MB = 16
INTERRUPTED = threading.Event()  # by Ctrl-C


class Soak:
    """One stage with its upstream, its clients and their faults."""

    def __init__(
        self,
        stage: str,
        build: str,
        seed: int,
        directory: str,
        log: TextIO,
        closing: contextlib.ExitStack,
    ) -> None:
        self.generator = f"{build}/bench/load/load"
        self.random = random.Random(f"{seed} {stage}")
        self.tally: collections.Counter[str] = collections.Counter()
        self.faults: collections.Counter[str] = collections.Counter()
        self.idle: list[socket.socket] = []
        self.upstream = Upstream(directory)
        closing.callback(self.upstream.close)
        fill = self.load(self.upstream.port, "--requests", "1")
        subprocess.run(fill, check=True, stdout=subprocess.DEVNULL)
        resp.ask(self.upstream.port, "SAVE")
        number = 1 + STAGES.index(stage)
        options = [*OPTIONS, "--upstream", f"127.0.0.1:{self.upstream.port}"]
        options += POOL_OPTIONS if number >= 2 else []
        options += KEPT_CLIENTS_OPTIONS if number >= 3 else ["--read-timeout", "10s"]
        self.gateway = Gateway(f"{build}/{stage}/{stage}", options, log)
        closing.callback(self.gateway.close)

    def load(self, port: int, *options: str) -> list[str]:
        return [self.generator, "--target", f"127.0.0.1:{port}", *LOAD_OPTIONS, *options]

    def load_gateway(self, *options: str) -> list[str]:
        return self.load(self.gateway.port, "--no-fill", "--warmup", "1ms", *options)

    def run(self, seconds: float) -> None:
        """Load and faults, and in the end a gateway at rest."""
        end = time.monotonic() + seconds
        single = self.load_gateway("--duration", "1s", "--connections", "6")
        pipelined = self.load_gateway("--duration", "1s", "--connections", "4", "--pipeline", "16")
        loads = [Load(command, self.tally) for command in (single, pipelined)]
        try:
            while (left := end - time.monotonic()) > 0:
                fault = self.random.choice(FAULTS)
                self.faults[fault.__name__] += 1
                fault(self)
                if INTERRUPTED.wait(min(self.random.uniform(0, 1.5), left)):
                    raise Failure("interrupted")
        finally:
            for load in loads:
                load.stop()
        while self.idle:
            self.idle.pop().close()
        if not poll_until(self.gateway.rests):
            raise Failure(f"it does not come to rest: {self.gateway.info()}")
        check_laws(self.gateway.info())

    def kill_upstream(self) -> None:
        self.upstream.close()
        time.sleep(self.random.choice([0, self.random.uniform(0, 2)]))
        self.upstream.start()

    def stall_upstream(self) -> None:
        self.upstream.process.send_signal(signal.SIGSTOP)
        time.sleep(self.random.uniform(0, 1.5))
        self.upstream.process.send_signal(signal.SIGCONT)

    def kill_clients(self) -> None:
        command = self.load_gateway("--duration", "1min", "--connections", "20")
        generator = start(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(self.random.uniform(0, 1))
        generator.kill()
        generator.wait()

    def connect_and_idle(self, sent: bytes = b"") -> None:
        for _ in range(20):
            client = socket.create_connection(("127.0.0.1", self.gateway.port))
            client.sendall(sent)
            if self.random.random() < 0.3:  # it will end with a reset
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.idle.append(client)
        self.random.shuffle(self.idle)
        while len(self.idle) > 40:
            self.idle.pop().close()

    def send_half_a_request(self) -> None:
        self.connect_and_idle(b"*2\r\n$3\r\nGET\r\n$100\r\nkey")

    def check_usage(self, before: tuple[float, ...]) -> None:
        def is_back() -> bool:
            *counts, resident = self.gateway.usage()
            return counts == list(before[:2]) and resident <= before[2] + RSS_SLACK_MB

        if not poll_until(is_back):
            now = self.gateway.usage()
            raise Failure(f"threads, descriptors and MB were {before} and became {now}")


FAULTS: list[Callable[[Soak], None]] = [
    Soak.kill_upstream,
    Soak.stall_upstream,
    Soak.kill_clients,
    Soak.connect_and_idle,
    Soak.send_half_a_request,
]


def check_replies(tally: Mapping[str, int]) -> None:
    wrong = [
        f"{count} {cause}"
        for cause, count in tally.items()
        if cause != "replies" and not cause.startswith(EXPECTED_ERRORS)
    ]
    if wrong or tally["replies"] == 0:
        raise Failure(f"clients saw {', '.join(wrong) or 'no reply'}")


def soak(stage: str, build: str, seed: int, seconds: float) -> list[str]:
    """The cells of the summary. Raises Failure."""
    with contextlib.ExitStack() as closing:
        directory = closing.enter_context(tempfile.TemporaryDirectory())
        log = closing.enter_context(open(f"{directory}/log", "w+", encoding="utf-8"))
        try:
            run = Soak(stage, build, seed, directory, log, closing)
            settling = min(60, seconds / 3)
            run.run(settling)
            before = run.gateway.usage_at_rest()
            run.run(seconds - settling)
            check_replies(run.tally)
            run.check_usage(before)
            after = run.gateway.usage()
            run.gateway.stop()
        except (Failure, OSError, subprocess.SubprocessError) as error:
            log.seek(0)
            raise Failure(f"{stage}: {error}\n{log.read()[-2000:]}") from error
    replies = run.tally.pop("replies")
    spans = [f"{a:.0f}-{b:.0f}" for a, b in zip(before, after)]
    return [stage, f"{replies:,}", f"{run.tally.total():,}", f"{run.faults.total()}", *spans]


def print_row(cells: list[str]) -> None:
    print(f"{cells[0]:<18}" + "".join(f"{cell:>14}" for cell in cells[1:]), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", help="where the executables are: build/release")
    parser.add_argument("seconds", type=float, nargs="?", default=300)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    options = parser.parse_args()
    print(f"{options.seconds:g} s of load and faults, --seed {options.seed}", flush=True)
    print_row(["", "right replies", "error replies", "faults", "threads", "descriptors", "MB"])
    failed = False
    with concurrent.futures.ThreadPoolExecutor() as pool:
        runs = [
            pool.submit(soak, stage, options.build, options.seed, options.seconds)
            for stage in STAGES
        ]
        try:
            for run in runs:
                try:
                    print_row(run.result())
                except (Failure, OSError) as failure:
                    failed = True
                    print(f"soak: {failure}", file=sys.stderr)
        except KeyboardInterrupt:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # the next one ends it at once
            INTERRUPTED.set()
    if INTERRUPTED.is_set():
        print("soak: interrupted", file=sys.stderr)
        sys.exit(130)
    sys.exit(failed)


if __name__ == "__main__":
    main()
