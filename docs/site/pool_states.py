"""The states of a connection in the pool's core, and what leads from one to the other."""

from docs.site import shapes
from docs.trace.palette import box, text

EDGE = "d-code d-edge"
TOP, BOTTOM = 40, 170  # Of the arrows that begin or end a connection.
SIDE = BOTTOM + 15  # Where those between its states are.


def places() -> list[str]:
    """Where a connection can be."""
    return [
        box(2, 152, 356, 116, "d-box d-gone", 8),
        shapes.named(2, 6, 356, "no connection", "gone", 34),
        shapes.named(4, BOTTOM, 76, "dialling", "upstream", 34),
        shapes.named(150, BOTTOM, 54, "lent", "client", 34),
        shapes.named(294, BOTTOM, 58, "idle", "gateway", 34),
        text(350, 259, "open(): max_open at most", "d-words d-end"),
    ]


def ways() -> list[str]:
    """What moves it."""
    return [
        shapes.arrow((12, TOP), (12, BOTTOM)),
        text(18, 84, "ask():", EDGE),
        text(18, 98, "dial", EDGE),
        shapes.arrow((76, BOTTOM), (76, TOP)),
        text(82, 122, "dial_failed()", EDGE),
        shapes.arrow((80, SIDE + 3), (150, SIDE + 3)),
        text(115, SIDE - 3, "dialled()", f"{EDGE} d-middle"),
        shapes.arrow((204, SIDE - 4), (294, SIDE - 4)),
        text(249, SIDE - 10, "give_back()", f"{EDGE} d-middle"),
        shapes.arrow((294, SIDE + 8), (204, SIDE + 8)),
        text(249, SIDE + 22, "ask(): take", f"{EDGE} d-middle"),
        shapes.curve((158, 204), (176, 246), (194, 204)),
        text(176, 240, "give_back(): to the first waiter", "d-words d-middle"),
        shapes.arrow((190, BOTTOM), (190, TOP)),
        text(184, 70, "discarded(),", f"{EDGE} d-end"),
        text(184, 84, "or too old", "d-words d-end"),
        shapes.arrow((344, BOTTOM), (344, TOP)),
        text(338, 100, "ask(), maintain():", f"{EDGE} d-end"),
        text(338, 115, "too old, or", "d-words d-end"),
        text(338, 130, "idle for too long", "d-words d-end"),
    ]


def queue() -> list[str]:
    """Whoever finds none."""
    return [
        text(2, 300, "Whoever asks and finds none waits in a queue:", "d-words"),
        text(2, 332, "ask(): wait", EDGE),
        shapes.arrow((78, 328), (108, 328)),
        shapes.named(108, 314, 74, "Waiter", "thread", 28),
        shapes.arrow((182, 322), (206, 322)),
        text(211, 320, "granted(): take it,", EDGE),
        text(211, 335, "dial, or hear why not", "d-words"),
        shapes.arrow((145, 342), (145, 362)),
        text(2, 378, "leave(): gives up, and passes on what it was granted", "d-words"),
    ]


def pool_states() -> str:
    """The figure."""
    return shapes.figure(
        388,
        "A connection is dialled, lent, idle and lent again, until it is closed; whoever finds none waits",
        [*places(), *ways(), *queue()],
        "A connection in <code>PoolCore</code>. Only functions of the core move it; the sockets are the caller's.",
    )
