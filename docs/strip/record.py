"""Records one request through a stage: starts the stage and a client under strace, and listens to
the loopback."""

import os
import signal
import subprocess
import sys
import tempfile
import time

from strip import packets, recording, strace_log

STAGES = ["stage1_naive", "stage2_pool", "stage3_keepalive", "stage4_workers"]
ASKED_BEFORE = ["SET greeting hello", "GET greeting", "GET greeting"]
DRAWN = "GET greeting"
QUIET_SECONDS = 0.4  # Longer than the kernel delays an acknowledgement.
PATIENCE_SECONDS = 30
TIES = ["setpriv", "--pdeathsig", "KILL"]  # What it runs is killed with its parent.


class Failure(Exception):
    """Why there is no recording: one line."""


class NotPermitted(Failure):
    """This system lets nobody trace."""


class Traced:
    """A program under strace; both end with this one."""

    def __init__(self, command, log, **streams):
        self.log = log
        strace = ["strace", "-qq", *strace_log.OPTIONS, "-e", "trace=" + strace_log.CALLS]
        self.process = subprocess.Popen(
            [*TIES, *strace, "-o", log, *TIES, *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **streams,
        )

    def first_line(self):
        line = self.process.stdout.readline()
        if not line:
            raise self.failure()
        return line

    def failure(self):
        self.process.kill()
        words = self.process.communicate()[1].strip().splitlines() or ["it ended at once"]
        if any("ptrace" in line.lower() or "PTRACE" in line for line in words):
            return NotPermitted(f"strace may not trace here: {words[0]}")
        return Failure(words[-1])

    def lines(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.readlines()

    def close(self):
        """Asks the program to end, and strace ends with it. Killing strace kills what it traces."""
        if self.process.poll() is None and (lines := self.lines()):
            os.kill(int(lines[0].split()[0]), signal.SIGTERM)
        try:
            self.process.communicate(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()


def wait_until_quiet(sizes):
    """Returns once nothing was added to anything for a while."""
    end = time.monotonic() + PATIENCE_SECONDS
    before, since = sizes(), time.monotonic()
    while time.monotonic() - since < QUIET_SECONDS:
        if time.monotonic() > end:
            raise Failure("it does not come to rest")
        time.sleep(0.02)
        if (now := sizes()) != before:
            before, since = now, time.monotonic()


def names_of(gateway_calls, client_calls, gateway_port):
    """Sorts threads by process: the gateway comes first in its log, what it forks is the upstream."""
    listening = {call.endpoint[0] for call in gateway_calls if call.name == "listen"}
    names = recording.Names(gateway_port, next(iter(listening - {gateway_port}), 0))
    names.add_thread(gateway_calls[0].tid, "gateway")
    for call in gateway_calls:
        if call.starts_process:
            names.add_thread(int(call.result), "upstream")
        elif call.starts_thread:
            names.add_thread(int(call.result), names.lanes[call.tid])
    for call in client_calls:
        names.add_thread(call.tid, "client")
    return names


def ask(client, request):
    client.process.stdin.write(request + "\n")
    client.process.stdin.flush()
    client.first_line()


def start_capture():
    try:
        return packets.Capture()
    except PermissionError:
        return None


def record(stage, programs):
    """The recording of the last of a few requests. Raises Failure."""
    name = STAGES[stage - 1]
    program = os.path.join(programs, name, name)
    if not os.access(program, os.X_OK):
        raise Failure(f"there is no {program}; ./run build makes it")
    running, capture = [], None
    with tempfile.TemporaryDirectory() as folder:
        try:
            gateway = Traced([program, "--listen", "127.0.0.1:0"], f"{folder}/gateway")
            running.append(gateway)
            port = int(gateway.first_line().rsplit(":", 1)[1])
            client_program = os.path.join(os.path.dirname(__file__), "client.py")
            command = [sys.executable, "-S", client_program, str(port)]
            client = Traced(command, f"{folder}/client", stdin=subprocess.PIPE)
            running.append(client)
            capture = start_capture()

            def sizes():
                on_sockets = [sum("<TCP" in line for line in log.lines()) for log in running]
                return [*on_sockets, len(capture.packets) if capture else 0]

            for request in ASKED_BEFORE:
                ask(client, request)
                wait_until_quiet(sizes)
            since = time.time_ns()
            ask(client, DRAWN)
            wait_until_quiet(sizes)
            until = time.time_ns()
            logs = [list(strace_log.calls(traced.lines())) for traced in running]
        finally:
            for traced in running:
                traced.close()
            if capture:
                capture.close()
    names = names_of(*logs, port)
    seen = capture.packets if capture else []
    found = recording.events(sum(logs, []), seen, names, since, until)
    return {"stage": stage, "request": DRAWN, "packets": capture is not None, "events": found}
