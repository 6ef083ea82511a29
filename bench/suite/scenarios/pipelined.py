"""Clients that ask several things at once."""

from collections.abc import Iterator
from dataclasses import replace

from suite import subjects
from suite.intervals import format_ratio
from suite.lab import Lab
from suite.point import Load, Point
from suite.results import ScenarioResults
from suite.scenario import CPU, CPU_CHART, P99_MS, REQUESTS, REQUESTS_LOG, SYSTEM_CALLS, Scenario
from suite.scenarios.ladder import SPEED, against_peers

DEPTHS = [1, 4, 16, 64]


def points(lab: Lab) -> list[Point]:
    rows = [subjects.KEEPALIVE, subjects.PIPELINING, *lab.peers(*subjects.BESIDE_STAGE_4)]
    return [
        Point(row, x=depth, load=Load(pipeline=depth, seconds=0.5), count_system_calls=True)
        for row in rows
        for depth in DEPTHS
    ]


def answer(found: ScenarioResults) -> Iterator[str]:
    for row in [subjects.KEEPALIVE, subjects.PIPELINING]:
        gain = format_ratio(*found.ratio((row.name, DEPTHS[-1]), (row.name, 1), SPEED))
        yield f"{row.label}: depth {DEPTHS[-1]} gives {gain} times the requests a second of depth 1."
    for depth in [1, 16, 64]:
        for sentence in against_peers(found, subjects.PIPELINING.name, depth):
            yield f"Depth {depth}: {sentence}"


SCENARIO = Scenario(
    name="pipelined",
    question="What does a client gain that sends several requests at once?",
    prediction=(
        "A batch shares its system calls and wake-ups on the client's side. Stage 3 still asks the "
        "upstream one thing after another, so it gains little; stage 4 passes the batch on in one "
        "write, and the cost of a request falls almost with the depth."
    ),
    load="50 clients, GET of 64 bytes, so many in one write.",
    points=points,
    answer=answer,
    x_axis="requests in one write",
    x_log=True,
    columns=(REQUESTS, replace(CPU, digits=2), P99_MS, replace(SYSTEM_CALLS, digits=2)),
    charts=(REQUESTS_LOG, replace(CPU_CHART, log=True)),
)
