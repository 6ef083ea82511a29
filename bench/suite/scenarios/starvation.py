"""Clients that keep their connection and say nothing, against workers that serve one at a time."""

from suite import subjects
from suite.point import Load, Point
from suite.scenario import Chart, Column, Scenario

BUSY = 8
IDLE = [0, 1, 2]
LITERAL = subjects.PIPELINING.with_options("literal", "4, literal worker", "--worker literal")


def points(lab):
    rows = [LITERAL, subjects.PIPELINING, *lab.peers(subjects.GO_CHANNEL, subjects.GO_CORRECTED)]
    return [
        Point(
            row,
            x=idle,
            load=Load(connections=BUSY, idle=idle, seconds=0.8, timeout=0.4),
            expected_errors="timeout|closed without a reply|error reply: -ERR max number of clients reached",
            expected_seconds=1.9,
        )
        for row in rows
        for idle in IDLE
    ]


def answer(found):
    for row in found.rows():
        served = [f"{found.median(row, 'clients_answered', idle):.0f}" for idle in found.xs()]
        starved = any(found.median(row, "clients_answered", idle) == 0 for idle in found.xs())
        yield (
            f"{found.label(row)}: of {BUSY} busy clients {', '.join(served)} get an answer beside "
            f"{', '.join(map(str, found.xs()))} idle ones. {'It starves.' if starved else 'It does not starve.'}"
        )


SCENARIO = Scenario(
    name="starvation",
    question="Can clients that say nothing stop a worker pool?",
    prediction=(
        "A worker that serves a connection until it closes is lost to a client that keeps it open: as "
        "many idle clients as workers stop the server, and even without idle ones only as many clients "
        "are served as there are workers. A worker that runs an event loop does not care."
    ),
    load=f"{BUSY} busy clients beside so many idle ones that came first; a worker for each CPU.",
    points=points,
    answer=answer,
    x_axis="idle clients that came first",
    columns=(
        Column("requests/s", "requests_per_second"),
        Column(f"clients answered, of {BUSY}", "clients_answered"),
        Column("timeouts etc.", "failed"),
    ),
    charts=(
        Chart(
            "clients_answered",
            f"busy clients that got an answer, of {BUSY}",
            "Clients served",
            kind="groups",
        ),
        Chart("requests_per_second", "requests a second", "Requests a second", kind="groups"),
    ),
)
