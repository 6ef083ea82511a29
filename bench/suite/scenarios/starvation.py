"""Clients that keep their connection and say nothing, and workers that serve one at a time."""

import os
from collections.abc import Iterator
from dataclasses import replace

from suite import subjects
from suite.lab import Lab
from suite.point import Load, Point
from suite.results import ScenarioResults
from suite.scenario import REQUESTS, REQUESTS_CHART, Chart, Column, Scenario

WORKERS = os.cpu_count() or 1  # Of each row, by default.
BUSY = 4 * WORKERS
IDLE = [0, 1, WORKERS]
STARVING = "timeout|closed without a reply|error reply: -ERR max number of clients reached"
LITERAL = subjects.PIPELINING.with_options("literal", "4, literal worker", "--worker literal")


def points(lab: Lab) -> list[Point]:
    lab.note("busy_clients", BUSY)
    beside = lab.peers(subjects.GO_CHANNEL, subjects.GO_CORRECTED)
    prone = [LITERAL, subjects.GO_CHANNEL, *lab.also]
    return [
        Point(
            row,
            x=idle,
            load=Load(connections=BUSY, idle=idle, seconds=0.8, timeout=0.4 if row in prone else 5),
            expected_errors=STARVING if row in prone else Point.expected_errors,
            expected_seconds=1.9,
        )
        for row in [LITERAL, subjects.PIPELINING, *beside]
        for idle in IDLE
    ]


def answer(found: ScenarioResults) -> Iterator[str]:
    busy = found.facts["busy_clients"]
    for row in found.rows():
        served = [found.median(row, "clients_answered", idle) for idle in found.xs()]
        yield (
            f"{found.label(row)}: of {busy} busy clients {', '.join(f'{n:.0f}' for n in served)} get "
            f"an answer beside {', '.join(map(str, found.xs()))} idle ones. "
            f"{'It starves.' if min(served) < busy else 'It does not starve.'}"
        )


SCENARIO = Scenario(
    name="starvation",
    question="Can clients that say nothing stop a worker pool?",
    prediction=(
        "A worker that serves a connection until it closes is lost to a client that keeps it open. As "
        "many idle clients as there are workers stop the server. Even without idle ones, each worker "
        "serves one client, and no more. A worker that runs an event loop does not care."
    ),
    load=(
        "A worker for each CPU. Idle clients come first, ask once and keep their connection; then four "
        "busy clients come for each CPU."
    ),
    points=points,
    answer=answer,
    x_axis="idle clients that came first",
    columns=(
        REQUESTS,
        Column("busy clients answered", "clients_answered"),
        Column("timeouts etc.", "failed"),
    ),
    charts=(
        Chart(
            "clients_answered", "busy clients that got an answer", "Clients served", kind="groups"
        ),
        replace(REQUESTS_CHART, kind="groups"),
    ),
)
