"""Writes a recording as three columns of text: client, gateway, upstream."""

import os
import textwrap
from typing import Any, TextIO

from docs.trace import palette, recording

LINES = {"client": 1, "gateway": 33, "upstream": 72}  # The column of each one's line.
WIDTH = 99
CODES = {"client": "33", "gateway": "34", "upstream": "32", "thread-2": "35", "soft": "2"}


def wants_colour(stream: TextIO) -> bool:
    """See https://no-color.org."""
    return stream.isatty() and not os.environ.get("NO_COLOR")


class Row:
    """One line of text, some of it coloured."""

    def __init__(self, with_lines: bool = True) -> None:
        self.letters = [" "] * WIDTH
        self.colours = [""] * WIDTH
        for column in LINES.values() if with_lines else []:
            self.put(column, "│", "soft")

    def put(self, column: int, words: str, colour: str) -> None:
        for offset, letter in enumerate(words[: WIDTH - column]):
            self.letters[column + offset] = letter
            self.colours[column + offset] = colour

    def text(self, coloured: bool) -> str:
        if not coloured:
            return "".join(self.letters).rstrip() + "\n"
        parts, before = [], ""
        for letter, colour in zip(self.letters, self.colours):
            if colour != before:
                parts.append("\033[0m" + (f"\033[{CODES[colour]}m" if colour else ""))
            parts.append(letter)
            before = colour
        return "".join(parts).rstrip() + "\033[0m\n"


def call_words(event: dict[str, Any]) -> str:
    """The call, what it is about, and what came of it."""
    words = [event["call"]]
    # A client and an upstream have connections to the gateway alone.
    if event.get("socket", "gateway") != "gateway":
        words.append(event["socket"])
    words += [event[key] for key in ["text", "result"] if key in event]
    if "starts" in event:
        words.append(f"starts thread {event['starts']}")
    if event["call"] == "exit":
        words.append(f"thread {event['thread']} ends")
    return " ".join(words)


def call_row(event: dict[str, Any]) -> Row:
    row, column = Row(), LINES[event["lane"]]
    colour = palette.thread_colour(event["lane"], event["thread"])
    row.put(column, str(event["thread"]) if event["lane"] == "gateway" else "*", colour)
    row.put(column + 2, call_words(event), "soft" if recording.is_in_vain(event) else colour)
    return row


def packet_row(event: dict[str, Any]) -> Row:
    row = Row()
    left, right = sorted([LINES[event["from"]] + 1, LINES[event["to"]] + 1])
    length = right - left - 1
    label = recording.packet_name(event)
    body = f" {label} ".center(length, "─") if label else " ACK ".center(length, "┄")
    rightwards = LINES[event["from"]] < LINES[event["to"]]
    body = body[:-1] + "▶" if rightwards else "◀" + body[1:]
    row.put(left, body, event["from"] if label else "soft")
    return row


def summary(found: dict[str, Any]) -> list[str]:
    lines = [
        *textwrap.wrap(recording.in_words(found), WIDTH),
        "The gateway's numbers are its threads. The order is true; there are no times, for strace",
        "slows every call. Left out: calls for locks, memory, signals and files.",
    ]
    if not found["packets"]:
        lines.append("Without packets: this system does not permit to read the loopback.")
    return lines


def text(found: dict[str, Any], coloured: bool) -> str:
    """The whole recording, a step a line, at most 99 columns wide."""
    head = Row(with_lines=False)
    for lane, column in LINES.items():
        head.put(column, lane, lane)
    rows = [head]
    for event in found["events"]:
        rows.append(packet_row(event) if recording.is_packet(event) else call_row(event))
    steps = "".join(row.text(coloured) for row in rows)
    return steps + "\n" + "\n".join(summary(found)) + "\n"
