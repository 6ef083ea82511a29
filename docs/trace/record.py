"""Records one request through a stage, or some at once: runs the stage and a client under strace, and
listens to the loopback."""

import contextlib
import glob
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from typing import Any

from docs.trace import packets, recording, strace_log
from processes import ENDS_WITH_PARENT, start
from waiting import Failure, wait_until

STAGES = ["stage1_naive", "stage2_pool", "stage3_keepalive", "stage4_workers"]
ASKED_BEFORE = ["SET greeting hello", "GET greeting", "GET greeting"]
DRAWN = "GET greeting"
QUIET_LOOKS = 20  # 20 ms apart: longer than the kernel delays an acknowledgement.


class Traced:
    """A client and the gateway that it starts, under one strace: its log keeps their calls in
    order. All of them end with this one."""

    def __init__(self, program: list[str], log: str, connections: int) -> None:
        self.log = log
        strace = ["strace", "-qq", *strace_log.OPTIONS, "-e", "trace=" + strace_log.CALLS]
        client = os.path.join(os.path.dirname(__file__), "client.py")
        command = [*ENDS_WITH_PARENT, sys.executable, "-S", client, str(connections), *program]
        pipe = subprocess.PIPE
        strace += ["-o", log, *command]
        self.process = start(strace, stdin=pipe, stdout=pipe, stderr=pipe, text=True)

    def next_line(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise self.failure()
        return line

    def failure(self) -> Failure:
        self.process.kill()
        words = self.process.communicate()[1].strip().splitlines() or ["it ended at once"]
        if any("ptrace" in line.lower() for line in words):
            return Failure(f"this system permits no tracing: {words[0]}")
        return Failure(words[-1])

    def ask(self, request: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(request + "\n")
        self.process.stdin.flush()
        self.next_line()

    def waits(self) -> bool:
        """Whether each thread does."""
        runs = re.compile(rf"State:\t[^S](.*\n)+TracerPid:\t{self.process.pid}\n")
        for path in glob.glob("/proc/[0-9]*/task/*/status"):
            with contextlib.suppress(OSError), open(path, encoding="utf-8") as status:
                if runs.search(status.read()):
                    return False
        return True

    def lines(self) -> list[str]:
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.readlines()

    def close(self) -> None:
        """At the end of its input the client ends the gateway. Killing strace kills them all."""
        try:
            self.process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()


def wait_until_quiet(activity: Callable[[], int], waits: Callable[[], bool]) -> None:
    """Returns once this number has stayed the same for a while, and nobody is about to act."""
    before, looks = activity(), 0

    def is_quiet() -> bool:
        nonlocal before, looks
        now = activity()
        looks = looks + 1 if now == before else 0
        before = now
        return looks >= QUIET_LOOKS and waits()

    wait_until(is_quiet, "it comes to rest")


def names_of(calls: Iterable[strace_log.Call], gateway_port: int) -> recording.Names:
    """Sorts threads by process, each of which starts the next. That a process was started may be known
    to its parent after it has started others."""
    calls = sorted(calls, key=lambda call: call.begun)
    upstream_port = next(iter(listening_ports(calls) - {gateway_port}), 0)
    names = recording.Names(gateway_port, upstream_port)
    names.add_thread(calls[0].tid, "client")
    for call in calls:
        if call.starts_process:
            names.add_thread(int(call.result), recording.STARTS[names.lanes[call.tid]])
        elif call.starts_thread:
            names.add_thread(int(call.result), names.lanes[call.tid])
    return names


def listening_ports(calls: Iterable[strace_log.Call]) -> set[int]:
    return {call.endpoint[0] for call in calls if call.name == "listen" and call.endpoint}


def start_capture(ports: set[int]) -> packets.Capture | None:
    try:
        return packets.Capture(ports)
    except PermissionError:
        return None


def record(stage: int, programs: str, at_once: int = 1) -> dict[str, Any]:
    """The recording of the last of a few requests, each sent on as many connections as told. Raises
    Failure."""
    name = STAGES[stage - 1]
    program = os.path.join(programs, name, name)
    if not os.access(program, os.X_OK):
        raise Failure(f"there is no {program}; ./run build makes it")
    options = ["--workers", "1"] if stage == 4 and at_once > 1 else []
    capture = None
    with tempfile.TemporaryDirectory() as folder:
        traced = Traced([program, *options], f"{folder}/strace", at_once)
        try:
            port = int(traced.next_line().rsplit(":", 1)[1])
            capture = start_capture(listening_ports(strace_log.calls(traced.lines())))
            seen = capture.packets if capture else []

            def activity() -> int:
                return len(seen) + sum("<TCP" in line for line in traced.lines())

            for request in ASKED_BEFORE:
                traced.ask(request)
                wait_until_quiet(activity, traced.waits)
            since = time.time_ns()
            traced.ask(DRAWN)
            wait_until_quiet(activity, traced.waits)
            until = time.time_ns()
            calls = list(strace_log.calls(traced.lines()))
        finally:
            traced.close()
            if capture:
                capture.close()
    events = recording.events(calls, seen, names_of(calls, port), since, until)
    found = {"stage": stage, "request": DRAWN, "packets": capture is not None, "events": events}
    return found | ({"at_once": at_once} if at_once > 1 else {})
