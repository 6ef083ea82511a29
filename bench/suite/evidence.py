"""What the system counts for a process, and for the network namespace."""

import contextlib
import os
import re
import signal
import subprocess
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
    """The counters of this process's network namespace. Source: /proc/net/snmp, netstat, proc(5)."""
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
            pass  # it has ended meanwhile
    return members


def cpu_seconds(pid: int) -> float:
    """User and system time so far of a process and its descendants, including threads that have
    ended. Source: clock_getcpuclockid(3), whose numbers the kernel makes so."""

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
    """How busy all CPUs together were since this was made, and how much of their time other guests
    of the host took (steal). Source: /proc/stat, proc(5)."""

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
    """Counts a process's system calls in this context, with `perf stat`. `count` is None if perf
    cannot count here."""

    COMMAND = ["perf", "stat", "-x", ",", "-e", "raw_syscalls:sys_enter", "-D", "-1"]

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.count: int | None = None
        self.perf: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        words, self.control = os.pipe()
        self.answers, answer = os.pipe()
        command = [*self.COMMAND, "--control", f"fd:{words},{answer}", "-p", str(self.pid)]
        with contextlib.suppress(FileNotFoundError):
            self.perf = subprocess.Popen(
                command, pass_fds=[words, answer], stderr=subprocess.PIPE, text=True
            )
        os.close(words)
        os.close(answer)
        self.say("enable")
        return self

    def say(self, word: str) -> None:
        """Waits until perf has done it, or has ended."""
        with contextlib.suppress(BrokenPipeError):
            os.write(self.control, f"{word}\n".encode())
            os.read(self.answers, 64)

    def __exit__(self, *_: object) -> None:
        self.say("disable")
        os.close(self.control)
        os.close(self.answers)
        if self.perf:
            self.perf.send_signal(signal.SIGINT)
            printed = self.perf.communicate()[1]
            if match := re.search(r"^(\d+),", printed, re.MULTILINE):
                self.count = int(match.group(1))
