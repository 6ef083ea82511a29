"""What the channel alone is worth: in place of threads, and against a listener for each worker."""

import re
import shutil
import statistics
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

CLIENTS = 50
OURS, FOREIGN = "our load", "redis-benchmark"
LITERAL = {
    n: subjects.PIPELINING.with_options(
        f"literal_{n}", f"4, {n} literal workers", f"--worker literal --workers {n}"
    )
    for n in (4, CLIENTS)
}
THREADS, QUEUE, LOOPS, LISTENERS = (
    subjects.KEEPALIVE,
    LITERAL[CLIENTS],
    subjects.WORKERS,
    subjects.LISTENERS,
)
ACCEPTED = re.compile(r"^accepted by each listener:(.*)$", re.MULTILINE)


def measured(lab: Lab, point: Point) -> dict[str, Any]:
    """With how many connections the channel held, and the busiest listener's share of all."""
    depths: list[int] = []

    def look(server: Server, _: Server | None) -> None:
        depths.extend(server.info()["channel_depth"] for _ in range(5) if point.subject.stage)

    found = measure.measure(lab, point, look)
    if depths:
        found["values"]["channel_depth"] = statistics.mean(depths)
    if point.subject == LISTENERS:
        with open(lab.log.name, encoding="utf-8") as log:
            accepted = [int(count) for count in ACCEPTED.findall(log.read())[-1].split()]
        found["values"]["busiest_listener"] = max(accepted) / sum(accepted)
    return found


def points(lab: Lab) -> list[Point]:
    peers = lab.peers(subjects.GO_KEEPALIVE, subjects.GO_CHANNEL)
    rows = [THREADS, *LITERAL.values(), LOOPS, LISTENERS, *peers]
    load = Load(connections=CLIENTS, connection="reconnect", seconds=0.8)
    found = [Point(row, x=OURS, load=load, count_system_calls=True) for row in rows]
    if shutil.which("redis-benchmark"):
        found += [replace(foreign.point(lab, row, load), x=FOREIGN) for row in rows]
    return [replace(point, measure=measured) for point in found]


def answer(found: ScenarioResults) -> Iterator[str]:
    def cpu(row: subjects.Subject, base: subjects.Subject) -> str:
        ratios = [f"{found.times(row.name, base.name, COST, x)} ({x})" for x in found.xs()]
        return f"{' and '.join(ratios)} of the CPU a request"

    yield f"A worker a client, fed by the channel: {cpu(QUEUE, THREADS)} of a thread each."
    yield f"Event loops, fed by the same channel: {cpu(LOOPS, QUEUE)} of those workers."
    share = found.median(LISTENERS.name, "busiest_listener", OURS)
    yield (
        f"A listener for each loop: {cpu(LISTENERS, LOOPS)} of the loops behind the channel; the "
        f"busiest has {share:.0%} of the connections."
    )
    if found.has(subjects.GO_CHANNEL.name, OURS):
        go = cpu(subjects.GO_CHANNEL, subjects.GO_KEEPALIVE)
        yield f"In Go, workers behind a channel: {go} of a goroutine each."


SCENARIO = Scenario(
    name="channel",
    question="What does the channel gain by itself?",
    prediction=(
        "Where each request brings a new connection, a literal worker starves nobody: the recipe as "
        "it was meant. The channel then saves the thread that stage 3 starts for each connection, "
        "and pays with a hand-over, which wakes a thread as well. An event loop takes several "
        "connections a wake-up. A listener for each worker needs no hand-over and no acceptor; but "
        "the kernel shares out by address, not to whoever is free."
    ),
    load=(
        f"{CLIENTS} clients, a new connection for each request, GET of 64 bytes; by our load, and by "
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
        Column("in the channel", "channel_depth", 1),
        Column("busiest listener %", "busiest_listener", 0, 100),
        Column("context switches a request", "switches_per_request", 1),
        SYSTEM_CALLS,
    ),
    charts=(replace(CPU_BARS, x=OURS), replace(CPU_BARS, x=FOREIGN)),
)
