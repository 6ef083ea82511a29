"""A client connection for each request, whatever the server would allow."""

from collections.abc import Iterator

from suite import subjects

from suite.lab import Lab
from suite.point import Load, Point
from suite.results import ScenarioResults
from suite.scenario import CPU, CPU_BARS, P99_MS, REQUESTS, SYSTEM_CALLS, Column, Scenario
from suite.scenarios.ladder import COST, SPEED, against_peers


def points(lab: Lab) -> list[Point]:
    rows = [*subjects.LADDER, *lab.peers(subjects.ONE_WORKER, *subjects.PEERS)]
    load = Load(connection="reconnect", seconds=1.0)
    return [Point(row, load=load, count_system_calls=True) for row in rows]


def answer(found: ScenarioResults) -> Iterator[str]:
    first, last = subjects.NAIVE.name, subjects.PIPELINING.name
    floor = subjects.BARE_EPOLL.name
    for row in subjects.LADDER[1:]:
        gain, cpu = (found.times(row.name, first, metric) for metric in [SPEED, COST])
        yield (
            f"{row.label}: {gain} times the requests a second of stage 1, {cpu} of its CPU a request."
        )
    yield from against_peers(found, last)
    if found.has(floor):
        cpu = found.times(last, floor, COST)
        yield f"Against the floor, a server that only answers: {cpu} of its CPU a request."


SCENARIO = Scenario(
    name="reconnect",
    question="What is left when clients do not cooperate?",
    prediction=(
        "Keepalive cannot help a client that hangs up: stage 3 falls back to stage 2. What remains is "
        "the pool, and at stage 4 that no thread is started. The handshake itself stays, and with it "
        "most of the cost."
    ),
    load="50 clients, a new connection for each request, GET of 64 bytes.",
    points=points,
    answer=answer,
    columns=(
        REQUESTS,
        P99_MS,
        CPU,
        Column("handshakes a request", "active_opens_per_request", 2),
        Column("segments a request", "segments_sent_per_request", 1),
        SYSTEM_CALLS,
    ),
    charts=(CPU_BARS,),
)
