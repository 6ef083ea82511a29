"""Two ways to vanish, and when each is noticed with the defaults of stage 3."""

import re

from docs.site import shapes
from docs.trace.palette import line, number, text

OPTIONS = "stage3_keepalive/keepalive_options.hpp"
# Linux's bounds of the pause between two retransmissions: TCP_RTO_MIN and TCP_RTO_MAX.
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 120.0
LEFT, RIGHT, AXIS = 12.0, 328.0, 74.0
WIDE = shapes.WIDTH - 4


def defaults() -> tuple[int, int, int]:
    """(idle, interval, count) of the keepalive options; seconds, the first two."""
    with open(OPTIONS, encoding="utf-8") as file:
        found = dict(re.findall(r"(\w+) = (\d+)s?;", file.read()))
    return int(found["idle"]), int(found["interval"]), int(found["count"])


def probes() -> list[int]:
    """When they are due, in seconds after the last sign of life. The last is the end."""
    idle, interval, count = defaults()
    return [idle + interval * number for number in range(count + 1)]


def user_timeout() -> int:
    """As the listener sets it."""
    idle, interval, count = defaults()
    return idle + interval * count - 1


def retransmissions() -> list[float]:
    """When they are due until the user timeout is over, in seconds after the data was sent."""
    due, pause = [], FIRST_PAUSE_S
    at = pause
    while at < user_timeout():
        due.append(at)
        pause = min(2 * pause, LONGEST_PAUSE_S)
        at += pause
    return due


def place(seconds: float) -> float:
    return LEFT + (RIGHT - LEFT) * seconds / probes()[-1]


def axis(begins: str, ends: int) -> str:
    """From what happened last to the end of the connection."""
    x = place(ends)
    cross = f"M{number(x - 6)} {AXIS - 6}l12 12m0 -12l-12 12"
    return (
        line(LEFT, AXIS, x, AXIS, "d-time")
        + f'<circle class="d-dot" cx="{number(LEFT)}" cy="{AXIS}" r="4.5"/>'
        + text(LEFT - 6, AXIS + 22, "0 s", "d-words")
        + text(LEFT - 6, 16, begins, "d-name")
        + f'<path class="d-cross" d="{cross}"/>'
        + text(x, AXIS + 22, f"{ends} s", "d-words d-middle")
    )


def silent() -> str:
    """A peer that had nothing to say, and vanished."""
    *due, end = probes()
    marks = axis("Nothing is under way, and the client vanishes.", end)
    for at in due:
        x = place(at)
        marks += shapes.arrow((x, AXIS), (x, AXIS - 30))
        marks += text(x, AXIS + 22, str(at), "d-words d-middle")
    marks += text((LEFT + place(due[0])) / 2, AXIS - 12, "silence", "d-words d-middle")
    marks += text(place(due[1]), AXIS - 36, "probes, unanswered", "d-words d-middle")
    marks += text(WIDE, AXIS - 14, "closed", "d-words d-end")
    times = ", ".join(map(str, due))
    return shapes.figure(
        AXIS + 34,
        f"Probes after {times} seconds, and the end after {end}",
        [marks],
        f"A silent peer that is dead. Keepalive asks after {times} s, and gives up after {end} s.",
    )


def unacknowledged() -> str:
    """A peer that vanished with a reply on its way."""
    end = user_timeout()
    marks = axis("A reply is under way, and the client vanishes.", end)
    for at in retransmissions():
        x = place(at)
        marks += shapes.arrow((x, AXIS), (x, AXIS - 30))
    middle = (LEFT + RIGHT) / 2
    marks += text(
        LEFT - 6, AXIS - 36, "the same data again: pauses double, up to two minutes", "d-words"
    )
    marks += text(middle, AXIS + 22, "no probe is sent", "d-words d-middle")
    marks += text(WIDE, AXIS - 14, "closed", "d-words d-end")
    return shapes.figure(
        AXIS + 34,
        f"The same data again and again, no probes, and the end after {end} seconds",
        [marks],
        f"A peer that died with data unacknowledged: the data is repeated, and no probe is sent. "
        f"<code>TCP_USER_TIMEOUT</code> ends it after {end} s.",
    )
