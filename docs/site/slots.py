"""Four requests under way on one connection that clients share: batches, slots, and the replies' order."""

from collections.abc import Sequence

from docs.site import shapes
from docs.trace.palette import text

CHIP = 34
# Each client's batch; the turn of the loop in which it is sent.
BATCHES = [("A", ["A1"], 1), ("B", ["B1", "B2"], 2), ("C", ["C1"], 2)]
REQUESTS = [request for _, batch, _ in BATCHES for request in batch]


def chips(x: float, y: float, names: Sequence[str], lane: str) -> str:
    return "".join(
        shapes.named(x + CHIP * place, y, CHIP - 4, name, lane, 22)
        for place, name in enumerate(names)
    )


def sending(top: float) -> list[str]:
    """Batches go into output(), each turn's in one write."""
    marks = [text(4, top + 12, "Sent: each client's batch, in one piece", "d-name")]
    for row, (client, batch, turn) in enumerate(BATCHES):
        y = top + 24 + 32 * row
        marks.append(shapes.named(4, y, 26, client, "client", 24))
        marks.append(shapes.room(40, y - 2, 6 + CHIP * len(batch), 28, "plain"))
        marks.append(chips(45, y + 1, batch, "client"))
        marks.append(shapes.arrow((116, y + 12), (136, y + 12)))
    for turn in (1, 2):
        rows = [row for row, (_, _, when) in enumerate(BATCHES) if when == turn]
        y = top + 24 + 16 * (rows[0] + rows[-1])
        sent = [request for _, batch, when in BATCHES if when == turn for request in batch]
        marks.append(chips(142, y + 1, sent, "gateway"))
        marks.append(text(142 + CHIP * len(sent) + 4, y + 16, f"turn {turn}: one write", "d-words"))
    return marks


def line_of_slots(y: float, contents: Sequence[str]) -> list[str]:
    """The connection's queue, the oldest slot in front."""
    marks = []
    for place, content in enumerate(contents):
        lane = "gateway" if content else "gone"
        marks.append(shapes.named(4 + 62 * place, y, 54, content, lane, 30))
    return marks


def waiting(top: float) -> list[str]:
    """The first reply belongs to the first slot."""
    y = top + 22
    marks = [text(4, top + 12, "In flight: four slots, the oldest in front", "d-name")]
    marks += line_of_slots(y, REQUESTS)
    marks.append(text(256, y + 19, "in_flight_", "d-code"))
    marks.append(shapes.arrow((31, y + 62), (31, y + 30)))
    marks.append(chips(16, y + 64, ["a1", "b1", "b2"], "upstream"))
    marks.append(shapes.arrow((200, y + 75), (122, y + 75)))
    marks.append(text(206, y + 79, "in the same order", "d-words"))
    marks.append(text(40, y + 51, "a1 is A's, for A1 is in front", "d-words"))
    return marks


def late(top: float) -> list[str]:
    """A slot outlives its request."""
    y = top + 22
    marks = [text(4, top + 12, "A1 timed out: its slot stays, empty", "d-name")]
    marks += line_of_slots(y, ["", *REQUESTS[1:]])
    marks.append(text(256, y + 12, "A has its -ERR", "d-words"))
    marks.append(text(256, y + 26, "no new requests", "d-words"))
    marks.append(shapes.arrow((31, y + 62), (31, y + 30)))
    marks.append(chips(16, y + 64, ["a1", "b1", "b2"], "upstream"))
    marks.append(text(40, y + 51, "a1 comes late, and is skipped: b1 is still B's", "d-words"))
    return marks


def slots() -> str:
    """The figure."""
    return shapes.figure(
        378,
        "Four requests of three clients share a connection; replies belong to slots in their order; "
        "a slot whose request timed out swallows the late reply",
        [*sending(0), *waiting(136), *late(268)],
        "Four requests of three clients on one <code>SharedConnection</code>. B sent two at once: its batch.",
    )
