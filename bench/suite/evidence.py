"""What the system counts: of a process, and of the network namespace."""

import os
import re
import signal
import subprocess
import tempfile
import time
from typing import Self

NETWORK_COUNTERS = {
    "ActiveOpens": "active_opens",
    "PassiveOpens": "passive_opens",
    "OutSegs": "segments_sent",
    "RetransSegs": "segments_resent",
    "ListenOverflows": "listen_overflows",
    "TWRecycled": "time_wait_reused",
}


def network_counters() -> dict[str, int]:
    """Those of this process's network namespace. Source: /proc/net/snmp, netstat, proc(5)."""
    found: dict[str, str] = {}
    for path in ["/proc/net/snmp", "/proc/net/netstat"]:
        with open(path, encoding="ascii") as file:
            lines = file.read().splitlines()
        for names, values in zip(lines[::2], lines[1::2]):
            found |= dict(zip(names.split()[1:], values.split()[1:]))
    return {ours: int(found.get(name, 0)) for name, ours in NETWORK_COUNTERS.items()}


def time_wait_sockets() -> int:
    with open("/proc/net/sockstat", encoding="ascii") as file:
        found = re.search(r"TCP:.* tw (\d+)", file.read())
    assert found is not None
    return int(found.group(1))


def family(pid: int) -> list[int]:
    """The process and its descendants."""
    members = [pid]
    for member in members:
        try:
            for task in os.listdir(f"/proc/{member}/task"):
                with open(f"/proc/{member}/task/{task}/children", encoding="ascii") as file:
                    members += [int(child) for child in file.read().split()]
        except FileNotFoundError:
            pass  # It has ended meanwhile.
    return members


def cpu_seconds(pid: int) -> float:
    """User and system time until now of a process and its descendants, threads that have ended
    included. Source: clock_getcpuclockid(3), whose numbers the kernel makes so."""

    def one(member: int) -> float:
        try:
            return time.clock_gettime((~member << 3) | 2)
        except OSError:
            return 0.0

    return sum(one(member) for member in family(pid))


def status(pid: int) -> dict[str, float]:
    """Threads, resident memory and its peak in MiB, open descriptors."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        fields = dict(line.split(":", 1) for line in file.read().splitlines())
    return {
        "threads": int(fields["Threads"]),
        "rss_mib": int(fields["VmRSS"].split()[0]) / 1024,
        "peak_rss_mib": int(fields["VmHWM"].split()[0]) / 1024,
        "descriptors": len(os.listdir(f"/proc/{pid}/fd")),
    }


class Machine:
    """How busy all CPUs together were since this was made, and how much of their time another guest
    of the host had (steal). Source: /proc/stat, proc(5)."""

    def __init__(self) -> None:
        self.before = self.times()

    @staticmethod
    def times() -> list[int]:
        with open("/proc/stat", encoding="ascii") as file:
            return [int(ticks) for ticks in file.readline().split()[1:9]]

    def shares(self) -> dict[str, float]:
        user, nice, system, idle, waiting, irq, softirq, steal = (
            now - then for now, then in zip(self.times(), self.before)
        )
        busy = user + nice + system + irq + softirq
        whole = max(busy + idle + waiting + steal, 1)
        return {"machine_busy": busy / whole, "machine_stolen": steal / whole}


class SystemCalls:
    """Counts a process's system calls, with `perf stat`, from enter to exit of the context. `count`
    is None where perf cannot count here."""

    COMMAND = ["perf", "stat", "-x", ",", "-e", "raw_syscalls:sys_enter", "-D", "-1"]

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.count: int | None = None

    def __enter__(self) -> Self:
        self.folder = tempfile.TemporaryDirectory()
        control, answer, self.out = (f"{self.folder.name}/{name}" for name in ["c", "a", "o"])
        os.mkfifo(control)
        os.mkfifo(answer)
        options = ["--control", f"fifo:{control},{answer}", "-o", self.out, "-p", str(self.pid)]
        try:
            self.perf: subprocess.Popen[bytes] | None = subprocess.Popen(
                [*self.COMMAND, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        except FileNotFoundError:
            self.perf = None
            return self
        self.control = os.open(control, os.O_RDWR)
        self.answer = os.open(answer, os.O_RDWR | os.O_NONBLOCK)
        self.say("enable")
        return self

    def say(self, word: str) -> bytes | None:
        assert self.perf is not None
        os.write(self.control, f"{word}\n".encode())
        end = time.monotonic() + 5
        while time.monotonic() < end and self.perf.poll() is None:
            try:
                return os.read(self.answer, 64)
            except BlockingIOError:
                time.sleep(0.005)
        return None

    def __exit__(self, *_: object) -> None:
        if self.perf is None:
            self.folder.cleanup()
            return
        self.say("disable")
        self.perf.send_signal(signal.SIGINT)
        self.perf.wait()
        os.close(self.control)
        os.close(self.answer)
        if os.path.exists(self.out):
            with open(self.out, encoding="utf-8") as file:
                if match := re.search(r"^(\d+),", file.read(), re.MULTILINE):
                    self.count = int(match.group(1))
        self.folder.cleanup()
