"""The figure of what there is to read: each stage a step, as high as the lines that it adds."""

import pathlib

from docs.site import figures, reading

WIDTH, LEFT, BASE, LINES_A_PIXEL = 118, 2, 330, 26
HATCHES = (
    '<defs><pattern id="r-hatch" width="7" height="7" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><path class="r-hatch" d="M0 0V7"/></pattern></defs>'
)


def bar(names: str, x: float, top: float, bottom: float) -> str:
    return (
        f'<rect class="{names}" x="{x}" y="{top:.1f}" width="{WIDTH}" '
        f'height="{bottom - top:.1f}"/>'
    )


def label(x: float, top: float, name: str, lines: int, files: int) -> str:
    """Above a bar: the name, and what there is of it."""
    middle = x + WIDTH / 2
    return (
        f'<text class="r-name" x="{middle}" y="{top - 24:.1f}">{name}</text>'
        f'<text class="r-words" x="{middle}" y="{top - 9:.1f}">{lines:,} lines, {files} files</text>'
    )


def stairs() -> str:
    """The steps; a paler part is what can wait. Beside them, hatched, the rooms that stay closed."""
    marks, below = HATCHES, 0
    for number, order in enumerate(reading.reading_orders()):
        x = LEFT + WIDTH * number
        lines = sum(order.added.values())
        ground, first, top = (
            BASE - count / LINES_A_PIXEL
            for count in [below, below + order.at_first(), below + lines]
        )
        marks += bar("r-below", x, ground, BASE)
        marks += bar(f"r-step{number + 1}", x, first, ground)
        marks += bar(f"r-step{number + 1} r-later", x, top, first)
        marks += label(x, top, figures.NAMES[number], lines, len(order.added))
        below += lines
    top, x = float(BASE), LEFT + WIDTH * len(figures.NAMES) + 28
    for folder in reversed(reading.SKIPPED):
        room = reading.room(folder)
        bottom, top = top, top - sum(room.values()) / LINES_A_PIXEL
        marks += bar("r-closed", x, top, bottom)
        marks += label(x, top, pathlib.PurePath(folder).name, sum(room.values()), len(room))
        top -= 42
    return figures.drawing(
        '<svg viewBox="0 0 632 334" role="img" aria-label="Lines to read, stage by stage">'
        f"{marks}</svg>",
        "Lines to read, tests left out. Each step stands on those before it. Its paler part can wait; "
        "what is hatched may stay closed.",
    )
