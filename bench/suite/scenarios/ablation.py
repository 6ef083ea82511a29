"""Stage 4 without one idea at a time."""

from collections.abc import Iterator
from dataclasses import replace

from suite import subjects
from suite.intervals import format_ratio, undecided
from suite.lab import Lab
from suite.point import Load, Point
from suite.results import ScenarioResults
from suite.scenario import CPU, P99_MS, REQUESTS, REQUESTS_BARS, SYSTEM_CALLS, Column, Scenario

CLIENTS = 50
WHOLE = subjects.PIPELINING
WITHOUT = [
    WHOLE.with_options("without_pool", "4 without the pool", "--pool-max-idle 0"),
    WHOLE.with_options("without_keepalive", "4 without kept clients", "--max-requests 1"),
    WHOLE.with_options(
        "literal_workers", "4 with a worker a client", f"--worker literal --workers {CLIENTS}"
    ),
    WHOLE.with_options("without_pipelining", "4 without pipelining", "--pipeline-depth 1"),
    WHOLE.with_options(
        "without_both", "4 without pool and pipelining", "--pool-max-idle 0 --pipeline-depth 1"
    ),
]


def points(lab: Lab) -> list[Point]:
    load = Load(connections=CLIENTS, seconds=1.0)
    return [Point(row, load=load, count_system_calls=True) for row in [WHOLE, *WITHOUT]]


def answer(found: ScenarioResults) -> Iterator[str]:
    for row in WITHOUT:
        left = found.ratio((row.name, None), (WHOLE.name, None), "requests_per_second")
        if undecided(left[1]):
            yield f"{row.label}: no detectable difference, {format_ratio(*left)}."
        else:
            yield f"{row.label}: {format_ratio(*left)} of the requests a second are left."


SCENARIO = Scenario(
    name="ablation",
    question="What is each idea worth beside the others?",
    prediction=(
        "A ladder depends on its order; this does not. Keeping clients is worth most. The pool alone "
        "is worth little here: while requests are in flight, pipelining holds its connections anyway. "
        "Without both, each request dials."
    ),
    load=f"{CLIENTS} clients, GET of 64 bytes; stage 4, and stage 4 with one idea switched off.",
    points=points,
    answer=answer,
    columns=(
        REQUESTS,
        P99_MS,
        CPU,
        Column("threads", "threads"),
        Column("accepts a request", "accepts_per_request", 2),
        Column("dials a request", "dials_per_request", 2),
        Column("upstream writes a request", "upstream_writes_per_request", 2),
        SYSTEM_CALLS,
    ),
    charts=(replace(REQUESTS_BARS, title="What is left without it"),),
)
