"""One request, or some at once, as a list of events in the order in which they happened: what is
saved and drawn.

Ports, process numbers, times and addresses are gone; lanes, threads and sockets have names.
"""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from docs.trace import strace_log
from docs.trace.packets import Packet

LANES = ["client", "gateway", "upstream"]
# Which process starts which. The keeper is not drawn: it only waits for the upstream's end.
STARTS = {"client": "gateway", "gateway": "keeper", "keeper": "upstream"}
WAITING = {"accept", "accept4", "recvfrom", "read", "readv", *strace_log.WAITS}
# Who is at the other end of a socket that is not connected yet: each process dials one other.
DIALS = {"client": "gateway", "gateway": "upstream", "upstream": ""}
REQUEST = re.compile(r"^\*\d+\r\n\$\d+\r\n(\w+)", re.MULTILINE)
REPLY = re.compile(r"^[$+]", re.MULTILINE)
NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight"]


def above(lane: str) -> str:
    return LANES[LANES.index(lane) - 1]


def payload_name(data: str) -> str:
    """GET for a request that says so, and reply for what does not begin like one; 4 GET for four."""
    if found := REQUEST.findall(data):
        return found[0] if len(found) == 1 else f"{len(found)} {found[0]}"
    replies = len(REPLY.findall(data))
    return "reply" if replies < 2 else f"{replies} replies"


class Names:
    """What the numbers of one run mean: ports, processes and threads."""

    def __init__(self, gateway_port: int, upstream_port: int) -> None:
        self.ports = {gateway_port: "gateway", upstream_port: "upstream"}
        self.lanes: dict[int, str] = {}  # A thread's number in the system: its lane.
        self.threads: dict[int, int] = {}  # The same: its number in its lane, from 1.

    def add_thread(self, tid: int, lane: str) -> None:
        self.lanes[tid] = lane

    def thread(self, tid: int) -> int:
        """The first thread of a process, whose number is the process's own, comes first."""
        lane = self.lanes[tid]
        if tid not in self.threads:
            main = next(known for known, its_lane in self.lanes.items() if its_lane == lane)
            self.threads.setdefault(main, 1)
            taken = [number for known, number in self.threads.items() if self.lanes[known] == lane]
            self.threads.setdefault(tid, max(taken) + 1)
        return self.threads[tid]

    def sockets(self, lane: str, endpoint: tuple[int, int]) -> str:
        """The far end of a socket of this lane: a lane, or listener."""
        port, peer = endpoint
        if not port:
            return DIALS[lane]
        if not peer:
            return "listener"
        if port in self.ports and self.ports[port] == lane:
            return above(lane)
        return self.ports.get(peer, "")


def counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def describe(call: strace_log.Call) -> tuple[str, str]:
    """(text, result): what it is about and what came of it, each short."""
    text, result = "", call.error
    if call.name in {"sendto", "recvfrom", "read", "write"}:
        data = re.search(r'"(.*?)"', call.arguments)
        if not call.error and call.result != "0" and data:
            text = payload_name(data[1].encode().decode("unicode_escape"))
        elif "MSG_PEEK" in call.arguments:
            text = "MSG_PEEK"
        result = result or (counted(int(call.result), "byte") if call.result != "0" else "end")
    elif call.name == "setsockopt":
        text = call.arguments.split(", ")[2].removesuffix("_OLD")
    elif call.name == "epoll_ctl":
        text = re.findall(r"EPOLL_CTL_(\w+)", call.arguments)[0]
    elif call.name == "ioctl":
        text = call.arguments.split(", ")[1]
    elif call.name in strace_log.WAITS:
        result = result or counted(int(call.result), "event")
    return text, result


def call_event(call: strace_log.Call, names: Names) -> dict[str, Any] | None:
    """None for what is not drawn: calls that are not about sockets, threads or waiting for them."""
    lane = names.lanes[call.tid]
    event: dict[str, Any] = {"lane": lane, "thread": names.thread(call.tid), "call": call.name}
    endpoint = call.endpoint
    if call.name == "socket":
        endpoint = call.new_endpoint
    elif call.name == "epoll_ctl":
        endpoint = strace_log.endpoint(call.arguments.split(", ")[2])
    if endpoint is not None:
        event["socket"] = names.sockets(lane, endpoint)
    elif call.starts_thread:
        event["starts"] = names.thread(int(call.result))
    elif call.name not in {"exit", "epoll_ctl", *strace_log.WAITS}:
        return None
    text, result = describe(call)
    return event | {key: value for key, value in [("text", text), ("result", result)] if value}


def packet_event(packet: Packet, names: Names) -> dict[str, Any]:
    if packet.target in names.ports:
        target = names.ports[packet.target]
        source = above(target)
    else:
        source = names.ports[packet.source]
        target = above(source)
    event: dict[str, Any] = {
        "from": source,
        "to": target,
        "flags": packet.flags,
        "length": len(packet.payload),
    }
    if packet.payload:
        event["text"] = payload_name(packet.payload.decode())
    return event


def without_timers(calls: Sequence[strace_log.Call]) -> list[strace_log.Call]:
    """Leaves out where a thread was woken and had nothing to do but to wait again."""
    kept: list[strace_log.Call] = []
    following: dict[int, strace_log.Call] = {}
    for call in reversed(calls):
        after = following.get(call.tid)
        following[call.tid] = call
        woken = call.name in strace_log.WAITS and call.result not in {"0", "?"}
        if not woken or (after and after.epoll_set != call.epoll_set):
            kept.append(call)
    return kept[::-1]


def events(
    calls: Sequence[strace_log.Call],
    packets: Iterable[Packet],
    names: Names,
    since: int,
    until: int,
) -> list[dict[str, Any]]:
    """What happened in that time, in order. A call stands where it had its effect: one that waits
    where it returned, any other where it began."""
    found = []
    for call in without_timers(calls):
        if call.ended >= since and (event := call_event(call, names)):
            waits = call.name in WAITING and call.result != "?"
            found.append((call.ended if waits else call.begun, event))
    for packet in packets:
        if packet.time >= since and {packet.source, packet.target} & set(names.ports):
            found.append((packet.time, packet_event(packet, names)))
    found = [pair for pair in found if pair[0] < until]
    return [event for _, event in sorted(found, key=lambda pair: pair[0])]


def is_packet(event: dict[str, Any]) -> bool:
    return "from" in event


def is_in_vain(event: dict[str, Any]) -> bool:
    """A call that found nothing."""
    return event.get("result") in {"EAGAIN", "0 events"}


def packet_name(event: dict[str, Any]) -> str:
    """What an arrow is labelled with; empty for a bare acknowledgement."""
    flags = event["flags"]
    if "text" in event:
        return event["text"]
    if "SYN" in flags:
        return "SYN-ACK" if "ACK" in flags else "SYN"
    return next((flag for flag in flags if flag in {"FIN", "RST"}), "")


def counts(recording: dict[str, Any]) -> dict[str, Any]:
    """What the request cost."""
    gateway = [event for event in recording["events"] if event.get("lane") == "gateway"]
    names = [event["call"] for event in gateway]
    packets = [event for event in recording["events"] if is_packet(event)]
    return {
        "calls": len(gateway),
        "packets": len(packets) if recording["packets"] else None,
        "threads": sum("starts" in event for event in gateway),
        "accepts": sum(name in {"accept", "accept4"} for name in names),
        "dials": names.count("connect"),
    }


def at_once(recording: dict[str, Any]) -> int:
    return recording.get("at_once", 1)


def subject(recording: dict[str, Any]) -> str:
    number = at_once(recording)
    return "one request" if number == 1 else f"{NUMBERS[number - 1]} requests at once"


def share(recording: dict[str, Any], value: int) -> str:
    """Of one of the requests at once."""
    return f"{value / at_once(recording):.3g}"


def in_words(recording: dict[str, Any]) -> str:
    """What the request cost, as a sentence; a share of it in brackets, if there were more."""
    cost = counts(recording)

    def shared(value: int, words: str) -> str:
        return f"{words} ({share(recording, value)} a request)" if at_once(recording) > 1 else words

    calls, packets = cost["calls"], cost["packets"]
    parts = [
        shared(calls, counted(calls, "system call") + " of the gateway"),
        "packets unseen" if packets is None else shared(packets, counted(packets, "packet")),
        counted(cost["threads"], "thread") + " started",
        counted(cost["accepts"], "client connection") + " accepted",
        counted(cost["dials"], "upstream connection") + " dialled",
    ]
    name = f"Stage {recording['stage']}"
    if at_once(recording) > 1:
        name += f", {subject(recording)}"
    return f"{name}: " + ", ".join(parts) + "."


def save(recording: dict[str, Any], path: str) -> None:
    """An event a line, so that a difference between two recordings can be read."""
    lines = [json.dumps(event) for event in recording["events"]]
    head = {key: value for key, value in recording.items() if key != "events"}
    text = json.dumps(head)[:-1] + ', "events": [\n' + ",\n".join(lines) + "\n]}\n"
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def load(path: str) -> dict[str, Any]:
    with open(path, encoding="utf-8") as file:
        return json.load(file)
