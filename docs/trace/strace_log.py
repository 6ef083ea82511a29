"""Reads what strace wrote: finished system calls of each thread, of those kinds that are drawn."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

OPTIONS = ["-f", "-yy", "-s", "1024", "--seccomp-bpf"]
OPTIONS += ["--absolute-timestamps=format:unix,precision:ns", "--syscall-times=ns"]
# A question mark: if the architecture has no such call, strace goes on without it.
CALLS = (
    "%network,read,write,readv,writev,close,ioctl,?epoll_wait,epoll_pwait,epoll_ctl,"
    "?fork,?vfork,clone,?clone3,exit"
)
THREAD_STARTS = {"clone", "clone3"}
PROCESS_STARTS = {"fork", "vfork", "clone", "clone3"}
WAITS = {"epoll_wait", "epoll_pwait"}

LINE = re.compile(r"(?P<tid>\d+) +(?P<seconds>\d+)\.(?P<fraction>\d{9}) (?P<text>.*)")
RESUMED = re.compile(r"<\.\.\. (\w+) resumed>")
CALL = re.compile(
    r"(?P<name>\w+)\((?P<arguments>.*)\) += (?P<result>-?\d+|\?)(?P<rest>.*?)"
    r"(?: <(?P<seconds>\d+)\.(?P<fraction>\d{9})>)?$"
)
ENDPOINTS = re.compile(
    r"<TCPv?6?:\[(?:(?P<inode>\d+)|[^>]*?:(?P<port>\d+)(?:->.*?:(?P<peer>\d+))?)\]>"
)


@dataclass
class Call:
    """One system call. Times are in nanoseconds since 1970."""

    tid: int
    name: str
    arguments: str
    result: str  # A number, or ? where the call does not return.
    rest: str  # What follows it: the name of an error, or what a new descriptor is.
    begun: int
    ended: int

    @property
    def error(self) -> str:
        found = re.match(r" ([A-Z]+)\b", self.rest)
        return found[1] if found else ""

    @property
    def interrupted(self) -> bool:
        """By a signal. It did nothing, and is made again."""
        return self.error == "EINTR" or self.error.startswith("ERESTART")

    @property
    def endpoint(self) -> tuple[int, int] | None:
        """(port, peer's port) of its first argument; None if that is no TCP socket."""
        return endpoint(self.arguments)

    @property
    def new_endpoint(self) -> tuple[int, int] | None:
        return endpoint(self.rest)

    @property
    def epoll_set(self) -> str:
        """The set that it waits on; empty for a call that does not."""
        return self.arguments.partition("<")[0] if self.name in WAITS else ""

    @property
    def starts_thread(self) -> bool:
        return self.name in THREAD_STARTS and "CLONE_THREAD" in self.arguments

    @property
    def starts_process(self) -> bool:
        return self.name in PROCESS_STARTS and "CLONE_THREAD" not in self.arguments


def endpoint(text: str) -> tuple[int, int] | None:
    """(0, 0) for a socket that is not connected yet, (port, 0) for one that listens."""
    found = re.match(r" ?-?\d+", text)
    found = ENDPOINTS.match(text, found.end() if found else 0)
    if not found:
        return None
    return int(found["port"] or 0), int(found["peer"] or 0)


def nanoseconds(found: re.Match[str]) -> int:
    return int(found["seconds"] + found["fraction"])


def calls(lines: Iterable[str]) -> Iterator[Call]:
    """The calls that ended, in the order in which they did. Signals, what they interrupt and what is
    cut off are left out: a call that still waits when the log ends belongs to what comes next."""
    unfinished: dict[int, tuple[int, str]] = {}
    for line in lines:
        if not (found := LINE.match(line)):
            continue
        tid, text = int(found["tid"]), found["text"]
        begun = ended = nanoseconds(found)
        if text.endswith("<unfinished ...>"):
            unfinished[tid] = begun, text.removesuffix("<unfinished ...>").rstrip()
            continue
        if resumed := RESUMED.match(text):
            if tid not in unfinished:
                continue
            begun, beginning = unfinished.pop(tid)
            text = beginning + text[resumed.end() :]
        if call := CALL.match(text):
            parts = {name: call[name] for name in ["name", "arguments", "result", "rest"]}
            if not resumed and call["seconds"]:
                # A line that nothing interrupted has only the time at which the call began.
                ended += nanoseconds(call)
            made = Call(tid, **parts, begun=begun, ended=ended)
            if not made.interrupted:
                yield made
