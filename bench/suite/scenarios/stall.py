"""The upstream stops for half a second, and two ways to look at it."""

import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from suite import measure, subjects
from suite.lab import Lab
from suite.point import Load, Point
from suite.results import ScenarioResults
from suite.scenario import P50_MS, Chart, Column, Scenario
from suite.server import Server

STALL_S = 0.5
BEFORE_S = 0.8
RATE = 8000
CLIENTS = 10
CLOSED, OPEN = "closed loop", "open loop"
ROWS = [subjects.KEEPALIVE, subjects.PIPELINING]


def measure_stall(lab: Lab, point: Point) -> dict[str, Any]:
    def stall(_: Server, upstream: Server | None) -> None:
        assert upstream is not None
        time.sleep(BEFORE_S)
        upstream.process.send_signal(signal.SIGSTOP)
        time.sleep(STALL_S)
        upstream.process.send_signal(signal.SIGCONT)

    return measure.measure(lab, point, during=stall)


def points(lab: Lab) -> list[Point]:
    if lab.upstream_is_foreign():
        lab.warn("stall: left out, for an upstream that was not started here is not stopped either")
        return []
    load = Load(connections=CLIENTS, seconds=2.5)
    loads = {CLOSED: load, OPEN: replace(load, rate=RATE)}
    return [
        Point(row, x=loop, load=load, measure=measure_stall)
        for row in ROWS
        for loop, load in loads.items()
    ]


def answer(found: ScenarioResults) -> Iterator[str]:
    for row in ROWS:
        hidden = found.median(row.name, "p99.9_us", CLOSED) / 1000
        felt = found.median(row.name, "p99.9_us", OPEN) / 1000
        yield f"{row.label}: p99.9 is {hidden:,.1f} ms as a closed loop sees it, {felt:,.0f} ms as clients feel it."


SCENARIO = Scenario(
    name="stall",
    question="Does the benchmark see it when the upstream stops for 500 ms?",
    prediction=(
        "A closed loop stops asking while it waits. So the stall touches one request of each client, "
        "too few to reach p99.9 in a run of more than 10,000 requests: coordinated omission. Clients "
        "that come at their own times meet it more often: half a second out of two and a half is a "
        "fifth of them."
    ),
    load=f"{CLIENTS} connections, GET of 64 bytes: a closed loop, and an open one of {RATE:,} requests a second.",
    points=points,
    keeps_distributions=True,
    answer=answer,
    x_axis="generator",
    columns=(
        P50_MS,
        Column("p99 ms", "p99_us", 1, 1e-3),
        Column("p99.9 ms", "p99.9_us", 1, 1e-3),
        Column("max ms", "max_us", 1, 1e-3),
        Column("p99.9 from the send, ms", "sent_p99.9_us", 1, 1e-3),
    ),
    charts=(
        Chart("latency", "latency, ms", "Latency by percentile", scale=1e-3, kind="distribution"),
    ),
)
