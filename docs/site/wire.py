"""The bytes of one request and of its reply, as they travel."""

from docs.site import shapes
from docs.trace.palette import text

CELL = 17
ROW = 27
LEFT = 6

Line = tuple[str, str]  # What is sent, without its \r\n, and what it means.


def request(*arguments: str) -> list[Line]:
    """As every client of Redis writes it: an array of bulk strings."""
    lines = [(f"*{len(arguments)}", f"an array of {len(arguments)}")]
    for place, argument in enumerate(arguments):
        lines.append((f"${len(argument)}", f"a string of {len(argument)} bytes"))
        lines.append((argument, "the command" if place == 0 else "its argument, the key"))
    return lines


def reply(value: str) -> list[Line]:
    return [(f"${len(value)}", f"a string of {len(value)} bytes"), (value, "the value")]


def size(lines: list[Line]) -> int:
    return sum(len(line) + 2 for line, _ in lines)


EXAMPLE = request("GET", "greeting"), reply("hello")


def sizes(which: str) -> str:
    """How many bytes the example has: of its request, of its reply, of both."""
    asked, answered = map(size, EXAMPLE)
    return str({"request": asked, "reply": answered, "both": asked + answered}[which])


def drawn(lines: list[Line], top: float, heading: str, lane: str) -> tuple[str, float]:
    """The marks, and where they end."""
    marks = text(LEFT, top + 12, f"{heading}: {size(lines)} bytes", "d-name")
    y = top + 22
    for line, means in lines:
        marks += shapes.cells(LEFT, y, CELL, [*line, "\\r", "\\n"], lane)
        marks += text(LEFT + CELL * (len(line) + 2) + 8, y + 14, means, "d-words")
        y += ROW
    return marks, y


def wire() -> str:
    """The figure."""
    asked, answered = EXAMPLE
    above, middle = drawn(asked, 4, "From the client", "client")
    below, end = drawn(answered, middle + 14, "Back to it", "upstream")
    return shapes.figure(
        end,
        "The bytes of GET greeting and of its reply",
        [above, below],
        "One request and its reply in RESP2. A box is a byte; <code>\\r\\n</code>, two bytes, end each line.",
    )
