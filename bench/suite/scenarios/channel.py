"""What the channel alone is worth: in place of threads, and against a listener for each worker."""

import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from suite import measure, subjects
from suite.lab import Lab
from suite.point import Load, Point
from suite.results import ScenarioResults
from suite.scenario import CPU, CPU_BARS, P99_MS, REQUESTS, SYSTEM_CALLS, Column, Scenario
from suite.scenarios import foreign
from suite.scenarios.ladder import COST
from suite.server import Server

OURS, FOREIGN = "our load", "redis-benchmark"
THREADS, LOOPS, LISTENERS = subjects.KEEPALIVE, subjects.WORKERS, subjects.LISTENERS
FED = [subjects.FED_4, subjects.FED_50]
LITERAL = [
    subjects.PIPELINING.with_options(
        f"literal_{n}", f"4, {n} literal workers", f"--worker literal --workers {n}"
    )
    for n in (4, 50)
]
ACCEPTED = re.compile(r"^accepted by each listener:(.*)$", re.MULTILINE)


def measured(lab: Lab, point: Point) -> dict[str, Any]:
    """Also the most connections in the channel, of nine looks, and the busiest listener's share."""
    depths: list[int] = []

    def look(server: Server, _: Server | None) -> None:
        while len(depths) < 9:
            depths.append(server.info()["channel_depth"])
            time.sleep(point.load.seconds / 20)

    found = measure.measure(lab, point, look if point.subject.stage else None)
    if depths:
        found["values"]["channel_depth"] = max(depths)
    if point.subject == LISTENERS:
        with open(lab.log.name, encoding="utf-8") as log:
            accepted = [int(count) for count in ACCEPTED.findall(log.read())[-1].split()]
        found["values"]["busiest_listener"] = max(accepted) / sum(accepted)
    return found


def points(lab: Lab) -> list[Point]:
    peers = lab.peers(subjects.GO_KEEPALIVE, subjects.GO_CHANNEL)
    rows = [THREADS, *FED, *LITERAL, LOOPS, LISTENERS, *peers]
    load = Load(connection="reconnect", seconds=0.8)
    found = [Point(row, x=OURS, load=load, count_system_calls=True) for row in rows]
    if shutil.which("redis-benchmark"):
        found += [replace(foreign.point(lab, row, load), x=FOREIGN) for row in rows]
    return [replace(point, measure=measured) for point in found]


def answer(found: ScenarioResults) -> Iterator[str]:
    def cpu(row: subjects.Subject, base: subjects.Subject) -> str:
        return " and ".join(found.times(row.name, base.name, COST, x) for x in found.xs())

    yield f"CPU a request, under {' and '.join(found.xs())}:"
    for row in [*FED, *LITERAL]:
        yield f"{row.label}: {cpu(row, THREADS)} of a thread for each connection."
    yield f"{LOOPS.label}, event loops: {cpu(LOOPS, LITERAL[-1])} of {LITERAL[-1].label}."
    share = found.median(LISTENERS.name, "busiest_listener", OURS)
    yield (
        f"{LISTENERS.label}: {cpu(LISTENERS, LOOPS)} of the same loops behind the channel; the "
        f"busiest listener has {share:.0%} of the connections."
    )
    if found.has(subjects.GO_CHANNEL.name, OURS):
        go = cpu(subjects.GO_CHANNEL, subjects.GO_KEEPALIVE)
        yield f"{subjects.GO_CHANNEL.label}: {go} of a goroutine for each connection."


SCENARIO = Scenario(
    name="channel",
    question="What does the channel gain by itself?",
    prediction=(
        "If each request brings a new connection, a worker that serves one to its end starves "
        "nobody: the recipe as it was meant. The channel saves the thread that stage 3 starts for "
        "each connection, and pays with a hand-over. With as many workers as clients, each hand-over "
        "wakes a thread; a few workers find the next client waiting. A listener for each loop needs "
        "neither hand-over nor acceptor. But the kernel deals by address, not to whoever is free."
    ),
    load=(
        "50 clients, a new connection for each request, GET of 64 bytes; by our load, and by "
        "redis-benchmark -k 0."
    ),
    points=points,
    answer=answer,
    x_axis="client",
    columns=(
        REQUESTS,
        P99_MS,
        CPU,
        Column("threads", "threads"),
        Column("threads started a request", "threads_started_per_request", 2),
        Column("in the channel, at most", "channel_depth"),
        Column("busiest listener %", "busiest_listener", 0, 100),
        Column("context switches a request", "switches_per_request", 1),
        SYSTEM_CALLS,
    ),
    charts=(replace(CPU_BARS, x=OURS), replace(CPU_BARS, x=FOREIGN)),
)
