"""What the chapters' figures are made of: boxes, arrows and words in a drawing as wide as a phone."""

import math
import textwrap
from collections.abc import Iterable, Sequence
from html import escape

from docs.site.figures import drawing
from docs.trace.palette import box, number, text

WIDTH = 360
LINE = 14  # From one line of words to the next.
HEAD = 5.5  # Of an arrow.

Place = tuple[float, float]


def figure(height: float, label: str, marks: Iterable[str], caption: str) -> str:
    """The drawing of a page. `label` says in words what it shows."""
    svg = (
        f'<svg viewBox="0 0 {WIDTH} {number(height)}" role="img" aria-label="{escape(label)}">'
        f"{''.join(marks)}</svg>"
    )
    return drawing(svg, caption, "upright")


def words(x: float, y: float, lines: str, names: str = "d-words", width: int = 99) -> str:
    """From there downwards, broken after `width` characters."""
    broken = textwrap.wrap(lines, width)
    return "".join(text(x, y + LINE * row, line, names) for row, line in enumerate(broken))


def room(x: float, y: float, width: float, height: float, lane: str) -> str:
    """A box with a tint of that lane: client, gateway, upstream, thread, plain or gone."""
    return box(x, y, width, height, f"d-box d-{lane}", 6)


def named(x: float, y: float, width: float, name: str, lane: str, height: float = 26) -> str:
    """A box with a name of code in its middle."""
    return room(x, y, width, height, lane) + text(
        x + width / 2, y + height / 2 + 4.5, name, "d-code d-middle"
    )


def arrow(*places: Place, names: str = "d-arrow") -> str:
    """From the first of the places by the others to the last, where its head is."""
    way = "M" + "L".join(f"{number(x)} {number(y)}" for x, y in places)
    return f'<path class="{names}" d="{way}{head(places[-2], places[-1])}"/>'


def curve(start: Place, bend: Place, end: Place, names: str = "d-arrow") -> str:
    """From start to end, drawn towards `bend`."""
    (x1, y1), (x, y), (x2, y2) = start, bend, end
    way = f"M{number(x1)} {number(y1)}Q{number(x)} {number(y)} {number(x2)} {number(y2)}"
    return f'<path class="{names}" d="{way}{head(bend, end)}"/>'


def head(before: Place, end: Place) -> str:
    """Two strokes that meet at the end."""
    angle = math.atan2(end[1] - before[1], end[0] - before[0])
    ends = [
        (end[0] - HEAD * math.cos(angle + turn), end[1] - HEAD * math.sin(angle + turn))
        for turn in (0.5, -0.5)
    ]
    (x1, y1), (x2, y2) = ends
    return (
        f"M{number(x1)} {number(y1)}L{number(end[0])} {number(end[1])}"
        f"L{number(x2)} {number(y2)}"
    )


def linked(address: str, marks: str) -> str:
    return f'<a href="{address}">{marks}</a>'


def reference(name: str, kind: str = "class") -> str:
    """The address of a class in the reference."""
    return f"{kind}stagecoach_1_1{name.replace('::', '_1_1')}.html"


def cells(x: float, y: float, size: float, contents: Sequence[str], lane: str) -> str:
    """Small boxes beside each other, each with a letter or so."""
    marks = ""
    for place, content in enumerate(contents):
        left = x + size * place
        quiet = " d-quiet" if content.startswith("\\") else ""
        marks += box(left, y, size - 1.5, 20, f"d-box d-{lane}", 3)
        marks += text(left + size / 2 - 0.75, y + 14, content, f"d-byte d-middle{quiet}")
    return marks
