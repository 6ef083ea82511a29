"""Draws a recording with time from top to bottom, narrow enough for a phone: as a sequence diagram of
what matters most, or as the strip of every step."""

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
LOW = {"call": 19, "packet": 19, "bare": 9}  # Of a strip, which has more of them.
RULES = [
    *palette.lane_rules(),
    f".panel{{fill:{palette.colour('panel')}}}",
    ".head{font-size:13px;font-weight:650;text-anchor:middle}",
    ".call{font-size:12px;text-anchor:middle}",
    ".packet{font-size:12px;text-anchor:middle}",
    "rect.vain{fill-opacity:0;stroke-dasharray:2 1.6}",
    f".vain-name{{fill:{palette.colour('soft')}}}",
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


def rows(events: Iterable[dict[str, Any]], heights: dict[str, int]) -> tuple[list[list[Any]], int]:
    """(kind, top, event, how often): the same call of the same thread twice in a row is one row."""
    found: list[list[Any]] = []
    y = TOP
    for event in events:
        if found and "call" in event and is_same(found[-1][2], event):
            found[-1][3] += 1
            continue
        kind = "call"
        if recording.is_packet(event):
            kind = "packet" if recording.packet_name(event) else "bare"
        found.append([kind, y, event, 1])
        y += heights[kind]
    return found, y


def is_same(before: dict[str, Any], event: dict[str, Any]) -> bool:
    """A call that the same thread has made in the row above, as much in vain."""
    return all(before.get(key) == event[key] for key in ["lane", "thread", "call"]) and (
        recording.is_in_vain(before) == recording.is_in_vain(event)
    )


class Drawing:
    """One recording: all its steps, or those that matter most."""

    def __init__(self, found: dict[str, Any], whole: bool) -> None:
        self.found = found
        self.heights = LOW if whole else HEIGHTS
        events = found["events"] if whole else filter(is_shown, found["events"])
        self.rows, bottom = rows(events, self.heights)
        self.bottom = bottom + 6

    def draw(self) -> list[str]:
        parts = self.draw_open()
        for lane, x in LINES.items():
            parts.append(text(x, 24, lane, f"head {lane}"))
            parts.append(line(x, TOP - 12, x, self.bottom, "track"))
        parts += self.draw_threads()
        for kind, y, event, times in self.rows:
            if kind == "call":
                parts += self.draw_call(y, event, times)
            else:
                parts += self.draw_packet(kind, y, event)
        return palette.of_stages({self.found["stage"]}, parts)

    def draw_open(self) -> list[str]:
        """What is open behind the packets, as far as this request saw it open and close."""
        parts = []
        for left, right in zip(recording.LANES, recording.LANES[1:]):
            begin, end = TOP - 8, self.bottom
            for _, y, event, _ in self.rows:
                if recording.is_packet(event) and {event["from"], event["to"]} == {left, right}:
                    if event["flags"] == ["SYN"]:
                        begin = y
                    if "FIN" in event["flags"]:
                        end = y + self.heights["packet"]
            x, width = LINES[left] + 4, LINES[right] - LINES[left] - 8
            parts.append(box(x, begin, width, end - begin, "open", 4))
        return parts

    def draw_threads(self) -> list[str]:
        """A thick line where a thread of the gateway lives that is not its first."""
        parts = []
        threads = {e["thread"] for _, _, e, _ in self.rows if e.get("lane") == "gateway"}
        for thread in sorted(threads - {1}):
            begin, end = TOP - 8, self.bottom
            for _, y, event, _ in self.rows:
                if event.get("starts") == thread:
                    begin = y + self.heights["call"]
                elif event.get("call") == "exit" and event["thread"] == thread:
                    end = y
            x = LINES["gateway"]
            parts.append(line(x, begin, x, end, "life thread-2"))
        return parts

    def draw_call(self, y: int, event: dict[str, Any], times: int) -> list[str]:
        colour = palette.thread_colour(event["lane"], event["thread"])
        words = event["call"] if times == 1 else f"{times} {event['call']}"
        if "starts" in event:
            words += ": thread"
        vain = recording.is_in_vain(event)
        height = self.heights["call"]
        x, width = LINES[event["lane"]], 16 + 6.6 * len(words)
        place = (x - width / 2, y + 1.5, width, height - 3)
        return [
            box(*place, "panel", 5),
            box(*place, f"{colour} vain" if vain else colour, 5),
            text(x, y + height / 2 + 4, words, "call vain-name" if vain else "call"),
        ]

    def draw_packet(self, kind: str, y: int, event: dict[str, Any]) -> list[str]:
        begin, end = LINES[event["from"]], LINES[event["to"]]
        way = 1 if end > begin else -1
        begin, end, at = begin + 6 * way, end - 6 * way, y + self.heights[kind] - 5
        back = end - 6 * way
        path = f"M{begin} {at}H{end}M{back} {at - 3.5}L{end} {at}L{back} {at + 3.5}"
        weight = "payload" if event["length"] else "control" if kind == "packet" else "bare"
        parts = [f'<path class="arrow {event["from"]} {weight}" d="{path}"/>']
        if label := recording.packet_name(event):
            names = f"packet {'data ' if event['length'] else ''}{event['from']}"
            parts.append(text((begin + end) / 2, at - 4, label, names))
        return parts


def drawing(found: dict[str, Any], whole: bool, root: str, title: str) -> str:
    drawn = Drawing(found, whole)
    words = recording.in_words(found)
    height = drawn.bottom + 14
    return palette.drawing(root, WIDTH, height, title, words, RULES, drawn.draw())


def sequence(found: dict[str, Any]) -> str:
    """The SVG of one recording: the messages, and the calls that send and take them."""
    stage = found["stage"]
    title = f"The messages of {recording.subject(found)} through stage {stage}"
    root = f"stagecoach-sequence-{stage}"
    if recording.at_once(found) > 1:
        root += "-at-once"
    return drawing(found, False, root, title)


def narrow_strip(found: dict[str, Any], root: str) -> str:
    """The SVG of one recording with all its steps, for a screen that is narrower than a strip."""
    title = f"{recording.subject(found)} through stage {found['stage']}, step by step".capitalize()
    return drawing(found, True, root, title)
