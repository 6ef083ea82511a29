"""Draws a recording as a sequence diagram: time from top to bottom, narrow enough for a phone."""

from collections.abc import Iterable
from typing import Any

from docs.trace import palette, recording
from docs.trace.palette import box, line, text

WIDTH = 360
LINES = {"client": 56, "gateway": 180, "upstream": 304}
TOP = 46
# The calls that send packets, take in what they brought, or start and end what handles them.
SHOWN = {"connect", "accept", "accept4", "clone3", "clone", "sendto", "recvfrom", "close", "exit"}
HEIGHTS = {"call": 23, "packet": 21, "bare": 12}
RULES = [
    *palette.lane_rules(),
    f".panel{{fill:{palette.colour('panel')}}}",
    ".head{font-size:13px;font-weight:650;text-anchor:middle}",
    ".call{font-size:11.5px;text-anchor:middle}",
    ".packet{font-size:11px;text-anchor:middle}",
    ".data{font-weight:700}",
    f".open{{fill:{palette.colour('grid')};fill-opacity:.5}}",
    f".track{{stroke:{palette.colour('grid')};stroke-width:1.2}}",
    ".arrow{stroke-width:1.3;fill:none}",
    ".payload{stroke-width:2.2}",
    ".bare{stroke-width:.9;stroke-opacity:.7}",
    ".life{stroke-width:4}",
]


def is_shown(event: dict[str, Any]) -> bool:
    if recording.is_packet(event):
        return True
    woken = event["lane"] == "gateway" and event["call"] in {"epoll_wait", "epoll_pwait"}
    return (woken or event["call"] in SHOWN) and not recording.is_in_vain(event)


def rows(events: Iterable[dict[str, Any]]) -> tuple[list[list[Any]], int]:
    """(kind, top, event, how often): the same call of the same thread twice in a row is one row."""
    found: list[list[Any]] = []
    y = TOP
    for event in filter(is_shown, events):
        same = ["lane", "thread", "call"]
        if found and "call" in event and all(found[-1][2].get(k) == event[k] for k in same):
            found[-1][3] += 1
            continue
        kind = "call"
        if recording.is_packet(event):
            kind = "packet" if recording.packet_name(event) else "bare"
        found.append([kind, y, event, 1])
        y += HEIGHTS[kind]
    return found, y


def draw_open(found: list[list[Any]], bottom: int) -> list[str]:
    """What is open behind the packets, as far as this request saw it open and close."""
    parts = []
    for left, right in zip(recording.LANES, recording.LANES[1:]):
        begin, end = TOP - 8, bottom
        for _, y, event, _ in found:
            if recording.is_packet(event) and {event["from"], event["to"]} == {left, right}:
                if event["flags"] == ["SYN"]:
                    begin = y
                if "FIN" in event["flags"]:
                    end = y + HEIGHTS["packet"]
        x, width = LINES[left] + 4, LINES[right] - LINES[left] - 8
        parts.append(box(x, begin, width, end - begin, "open", 4))
    return parts


def draw_threads(found: list[list[Any]], bottom: int) -> list[str]:
    """A thick line where a thread of the gateway lives that is not its first."""
    parts = []
    threads = {e["thread"] for _, _, e, _ in found if e.get("lane") == "gateway"}
    for thread in sorted(threads - {1}):
        begin, end = TOP - 8, bottom
        for _, y, event, _ in found:
            if event.get("starts") == thread:
                begin = y + HEIGHTS["call"]
            elif event.get("call") == "exit" and event["thread"] == thread:
                end = y
        x = LINES["gateway"]
        parts.append(line(x, begin, x, end, "life thread-2"))
    return parts


def draw_call(y: int, event: dict[str, Any], times: int) -> list[str]:
    colour = palette.thread_colour(event["lane"], event["thread"])
    words = event["call"] if times == 1 else f"{times} {event['call']}"
    if "starts" in event:
        words += ": thread"
    x, width = LINES[event["lane"]], 16 + 6.4 * len(words)
    place = (x - width / 2, y + 2, width, HEIGHTS["call"] - 4)
    return [box(*place, "panel", 5), box(*place, colour, 5), text(x, y + 15.5, words, "call")]


def draw_packet(kind: str, y: int, event: dict[str, Any]) -> list[str]:
    begin, end = LINES[event["from"]], LINES[event["to"]]
    way = 1 if end > begin else -1
    begin, end, at = begin + 6 * way, end - 6 * way, y + HEIGHTS[kind] - 5
    back = end - 6 * way
    path = f"M{begin} {at}H{end}M{back} {at - 3.5}L{end} {at}L{back} {at + 3.5}"
    weight = "payload" if event["length"] else "control" if kind == "packet" else "bare"
    parts = [f'<path class="arrow {event["from"]} {weight}" d="{path}"/>']
    if label := recording.packet_name(event):
        names = f"packet {'data ' if event['length'] else ''}{event['from']}"
        parts.append(text((begin + end) / 2, at - 4.5, label, names))
    return parts


def sequence(found: dict[str, Any]) -> str:
    """The SVG of one recording."""
    shown, bottom = rows(found["events"])
    bottom += 6
    parts = draw_open(shown, bottom)
    for lane, x in LINES.items():
        parts.append(text(x, 24, lane, f"head {lane}"))
        parts.append(line(x, TOP - 12, x, bottom, "track"))
    parts += draw_threads(shown, bottom)
    for kind, y, event, times in shown:
        parts += draw_call(y, event, times) if kind == "call" else draw_packet(kind, y, event)
    stage = found["stage"]
    title = f"The messages of {recording.subject(found)} through stage {stage}"
    root = f"stagecoach-sequence-{stage}"
    if recording.at_once(found) > 1:
        root += "-at-once"
    words = recording.in_words(found)
    return palette.drawing(root, WIDTH, bottom + 14, title, words, RULES, parts)
