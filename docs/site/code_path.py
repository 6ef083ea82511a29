"""The path of one request through the code of stage 1: what each step calls, and what it hands on."""

from docs.site import shapes
from docs.trace.palette import text

# Function; what comes of it, its class's address in the reference; what that is.
STEPS = [
    (
        "accept()",
        "Descriptor",
        "net::Descriptor",
        "class",
        "owns the socket, and closes it",
    ),
    (
        "dispatch()",
        "ConnectionThreads",
        "gateway::ConnectionThreads",
        "class",
        "gives it a thread, joins that",
    ),
    (
        "read_requests()",
        "Session",
        "gateway::Session",
        "class",
        "bytes in, requests out",
    ),
    (
        "judge()",
        "Verdict",
        "gateway::Verdict",
        "struct",
        "forward it, answer, or refuse",
    ),
    (
        "serve_requests()",
        "Exchange",
        "gateway::Exchange",
        "struct",
        "a request, verdict and reply",
    ),
    (
        "attempt()",
        "Attempt",
        "gateway::Attempt",
        "struct",
        "how asking the upstream ended",
    ),
    ("write_replies()", "Session", "gateway::Session", "class", "replies out, in order"),
]
ROW, TOP = 58, 40
LEFT, WIDTH = 6, 126  # Of the functions; of what comes of them,
RIGHT, WIDE = 158, 196


def code_path() -> str:
    """The figure."""
    marks = [shapes.named(LEFT, 4, WIDTH, "client", "client", 22)]
    middle = LEFT + WIDTH / 2
    before = 26
    for row, (function, name, path, kind, means) in enumerate(STEPS):
        y = TOP + ROW * row
        marks.append(shapes.arrow((middle, before), (middle, y)))
        marks.append(shapes.named(LEFT, y, WIDTH, function, "gateway"))
        marks.append(shapes.arrow((LEFT + WIDTH, y + 13), (RIGHT, y + 13)))
        address = shapes.reference(path, kind)
        marks.append(shapes.linked(address, shapes.named(RIGHT, y, WIDE, name, "plain")))
        marks.append(text(RIGHT - 16, y + 42, means, "d-words"))
        before = y + 26
    bottom = TOP + ROW * len(STEPS)
    marks.append(shapes.arrow((middle, before), (middle, bottom)))
    marks.append(shapes.named(LEFT, bottom, WIDTH, "client", "client", 22))
    bottom += 36
    context = shapes.reference("gateway::Context", "struct")
    marks.append(shapes.room(LEFT, bottom, 348, 46, "thread"))
    marks.append(
        shapes.linked(context, text(LEFT + 174, bottom + 18, "Context", "d-code d-middle"))
    )
    means = "options, counters, upstream: for every step"
    marks.append(text(LEFT + 174, bottom + 36, means, "d-words d-middle"))
    return shapes.figure(
        bottom + 50,
        "; ".join(f"{function}: {name}, {means}" for function, name, _, _, means in STEPS),
        marks,
        "One request through stage 1: left the functions, in their order, right what each works with.",
    )
