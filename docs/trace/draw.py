"""Draws recordings as strips: time from left to right, a lane for each process."""

from typing import Any

from docs.trace import palette, recording
from docs.trace.palette import box, line, text

TITLES = {
    1: ("Stage 1: naive", "A thread and two connections, for this one request."),
    2: ("Stage 2: + pool", "The connection to the upstream was there already."),
    3: ("Stage 3: + kept clients", "So were the client's connection and its thread."),
    4: (
        "Stage 4: + workers",
        "An event loop has to ask what is ready. Alone, a request costs more calls.",
    ),
}
AT_ONCE = {4: "What arrives together goes together: one write to the upstream, one read of it."}
MARGIN = 18
LEFT: float = 82  # Where the first step begins.
STEP = 11.6
HEADER = 30
HEIGHTS = {"client": 52, "gateway": 61, "upstream": 61}
GAPS = {"client": 52, "gateway": 62, "upstream": 0}  # Below each: where its packets go.
COUNTS = 110
SUMS = 80  # More, if the counts are shared out.
LEAST_WIDTH = 900
STRIP = HEADER + sum(HEIGHTS.values()) + sum(GAPS.values())
BETWEEN = 28
FOOTER = 80

RULES = [
    *palette.lane_rules(),
    f".panel{{fill:{palette.colour('panel')}}}",
    ".stage{font-size:14px;font-weight:650}",
    f".note{{font-size:12.5px;font-weight:400;fill:{palette.colour('soft')}}}",
    ".lane{font-size:11.5px;font-weight:600}",
    ".call{font-size:10.2px}",
    ".count{font-size:15px;font-weight:650;text-anchor:end}",
    f".sum{{font-size:12.5px;text-anchor:end;fill:{palette.colour('soft')}}}",
    f".small{{font-size:11px;fill:{palette.colour('soft')}}}",
    ".packet{font-size:9.2px}",
    ".data{font-weight:700}",
    f".open{{fill:{palette.colour('grid')};fill-opacity:.5}}",
    f".track{{stroke:{palette.colour('grid')};stroke-width:1}}",
    "rect.vain{fill-opacity:0;stroke-dasharray:2 1.6}",
    f".vain-name{{fill:{palette.colour('soft')}}}",
    ".arrow{stroke-width:1.2;fill:none}",
    ".payload{stroke-width:2}",
    ".bare{stroke-width:.8;stroke-opacity:.75}",
    ".life{stroke-width:2}",
]


def heading(found: dict[str, Any]) -> tuple[str, str]:
    """A strip's title, and what to see in it."""
    stage = found["stage"]
    if recording.at_once(found) > 1:
        return f"Stage {stage}: {recording.subject(found)}", AT_ONCE.get(stage, "")
    return TITLES[stage]


class Strip:
    """One recording, its upper edge at `top`."""

    def __init__(self, found: dict[str, Any], top: float) -> None:
        self.found = found
        self.events = found["events"]
        self.at_once = recording.at_once(found)
        self.top = top
        self.parts: list[str] = []

    def lane_top(self, lane: str) -> float:
        above = recording.LANES[: recording.LANES.index(lane)]
        return self.top + HEADER + sum(HEIGHTS[each] + GAPS[each] for each in above)

    def lane_bottom(self, lane: str) -> float:
        return self.lane_top(lane) + HEIGHTS[lane]

    def gap(self, upper: str) -> tuple[float, float]:
        """Where packets go: (top, bottom) of what is below that lane."""
        bottom = self.lane_bottom(upper)
        return bottom + (6 if upper == "gateway" else 2), bottom + GAPS[upper] - 2

    @property
    def end(self) -> float:
        return LEFT + len(self.events) * STEP

    @property
    def width(self) -> float:
        return self.end + 10 + (SUMS if self.at_once > 1 else 0) + COUNTS + MARGIN

    def draw(self, width: float) -> list[str]:
        self.draw_header()
        self.draw_connections()
        self.draw_lanes()
        self.draw_threads()
        for step, event in enumerate(self.events):
            x = LEFT + step * STEP
            if recording.is_packet(event):
                self.draw_packet(x + STEP / 2, event)
            else:
                self.draw_call(x, event)
        self.draw_counts(width - MARGIN - COUNTS)
        return palette.of_stages({self.found["stage"]}, self.parts)

    def draw_header(self) -> None:
        title, note = heading(self.found)
        words = text(MARGIN, self.top + 14, title, "stage")
        aside = f'<tspan class="note" dx="10">{note}</tspan></text>'
        self.parts.append(words.replace("</text>", aside))

    def draw_lanes(self) -> None:
        for lane in recording.LANES:
            middle = (self.lane_top(lane) + self.lane_bottom(lane)) / 2
            self.parts.append(text(MARGIN, middle + 4, lane, f"lane {lane}"))
            self.parts.append(line(LEFT, middle, self.end, middle, "track"))

    def draw_connections(self) -> None:
        """What is open behind the packets: from the handshake to the last FIN, if here."""
        for upper, lower in zip(recording.LANES, recording.LANES[1:]):
            ends = {upper, lower}
            steps = [
                (step, event)
                for step, event in enumerate(self.events)
                if recording.is_packet(event) and {event["from"], event["to"]} == ends
            ]
            opened = [step for step, event in steps if "SYN" in event["flags"]]
            closed = [step for step, event in steps if "FIN" in event["flags"]]
            begin = LEFT + opened[0] * STEP if opened else LEFT
            end = LEFT + (closed[-1] + 1) * STEP if closed else self.end
            top, bottom = self.gap(upper)
            self.parts.append(box(begin, top, end - begin, bottom - top, "open", 4))

    def draw_threads(self) -> None:
        """A line under the calls of a thread that is not the first, with its beginning and end."""
        seen = {e["thread"] for e in self.events if e.get("lane") == "gateway"}
        y = self.lane_bottom("gateway") + 2.5
        for thread in sorted(seen - {1}):
            begin, end = LEFT, self.end
            for step, event in enumerate(self.events):
                x = LEFT + step * STEP + STEP / 2
                if event.get("starts") == thread:
                    begin = x
                elif event.get("call") == "exit" and event["thread"] == thread:
                    end = x
            name = palette.thread_colour("gateway", thread)
            self.parts.append(line(begin, y, end, y, f"life {name}"))
            if begin > LEFT:
                self.parts.append(f'<circle class="{name}" cx="{begin:.1f}" cy="{y:.1f}" r="3.2"/>')
            if end < self.end:
                self.parts.append(line(end, y - 4, end, y + 4, f"life {name}"))

    def draw_call(self, x: float, event: dict[str, Any]) -> None:
        top = self.lane_top(event["lane"])
        name = palette.thread_colour(event["lane"], event["thread"])
        vain = recording.is_in_vain(event)
        kind = f"{name} vain" if vain else name
        self.parts.append(box(x + 0.6, top, STEP - 1.2, HEIGHTS[event["lane"]], kind))
        names = "call vain-name" if vain else "call"
        bottom = self.lane_bottom(event["lane"]) - 4
        self.parts.append(palette.upright(x + STEP / 2 + 3, bottom, event["call"], names))

    def draw_packet(self, x: float, event: dict[str, Any]) -> None:
        lanes = recording.LANES
        down = lanes.index(event["from"]) < lanes.index(event["to"])
        upper = event["from"] if down else event["to"]
        top, bottom = self.gap(upper)
        begin, end = (top, bottom) if down else (bottom, top)
        label = recording.packet_name(event)
        name = event["from"]
        at = x + 3.2 if label else x
        back = end - 4.5 if down else end + 4.5
        way = f"M{at:.1f} {begin:.1f}V{end:.1f}M{at - 2.6:.1f} {back:.1f}L{at:.1f} {end:.1f}"
        kind = "payload" if event["length"] else "control" if label else "bare"
        self.parts.append(
            f'<path class="arrow {name} {kind}" d="{way}L{at + 2.6:.1f} {back:.1f}"/>'
        )
        if label:
            names = f"packet data {name}" if event["length"] else f"packet {name}"
            self.parts.append(palette.upright(x, bottom - 3, label, names))

    def draw_counts(self, x: float) -> None:
        counts = recording.counts(self.found)
        each = "a request" if self.at_once > 1 else ""
        lines = [
            (len(self.events), "steps", ""),
            (counts["calls"], "system calls", each or "of the gateway"),
            (counts["packets"], "packets", each),
            (
                counts["threads"],
                "thread started" if counts["threads"] == 1 else "threads started",
                "",
            ),
        ]
        y = self.lane_top("gateway") - 26
        for value, unit, more in lines:
            shown = "?" if value is None else str(value)
            if each and more and value is not None:
                self.parts.append(text(x - 24, y, f"{shown} / {self.at_once} =", "sum"))
                shown = recording.share(self.found, value)
            self.parts.append(text(x + 20, y, shown, "count"))
            self.parts.append(text(x + 26, y, unit, "small"))
            if more:
                y += 14
                self.parts.append(text(x + 26, y, more, "small"))
            y += 26


def draw_key(y: float, recordings: list[dict[str, Any]]) -> list[str]:
    parts: list[str] = []
    x: float = MARGIN
    entries = [
        (box(0, -9, 11, 11, "gateway"), "gateway's first thread"),
        (box(0, -9, 11, 11, "thread-2"), "its other threads"),
        (line(0, -3.5, 11, -3.5, "life thread-2"), "such a thread's life"),
        (box(0, -9, 11, 11, "gateway vain"), "found nothing"),
        (box(0, -9, 11, 11, "open"), "open connection"),
        (line(5.5, -9, 5.5, 2, "arrow bare gateway"), "acknowledgement"),
    ]
    for sample, words in entries:
        parts.append(f'<g transform="translate({x:.1f} {y})">{sample}</g>')
        parts.append(text(x + 17, y, words, "small"))
        x += 34 + 6.1 * len(words)
    notes = [
        "Time runs to the right. All steps are equally wide: the order is true, distances are not,"
        " for strace slows every call.",
        "Counted are the calls on sockets, starts and ends of threads, and waits.",
    ]
    if not all(found["packets"] for found in recordings):
        notes[1] += " Packets could not be seen here."
    for row, note in enumerate(notes):
        parts.append(text(MARGIN, y + 22 + 16 * row, note, "small"))
    return palette.of_stages({found["stage"] for found in recordings}, parts)


def figure(recordings: list[dict[str, Any]], root: str = "stagecoach-strip") -> str:
    """Strips under each other, a step as wide in one as in the other."""
    strips = [
        Strip(found, MARGIN + row * (STRIP + BETWEEN)) for row, found in enumerate(recordings)
    ]
    width = max(LEAST_WIDTH, *(strip.width for strip in strips))
    parts = [part for strip in strips for part in strip.draw(width)]
    top = MARGIN + len(strips) * (STRIP + BETWEEN)
    parts += draw_key(top, recordings)
    words = " ".join(recording.in_words(found) for found in recordings)
    height = top + FOOTER - BETWEEN
    return palette.drawing(root, width, height, title(recordings), words, RULES, parts)


def title(recordings: list[dict[str, Any]]) -> str:
    stages: dict[str, list[str]] = {}
    for found in recordings:
        stages.setdefault(recording.subject(found), []).append(str(found["stage"]))
    parts = [f"{subject} through stage {', '.join(each)}" for subject, each in stages.items()]
    return "; ".join(parts).capitalize()
