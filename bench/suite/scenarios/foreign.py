"""The ladder's load, put on by a client that is not ours: redis-benchmark."""

import csv
import resource
import shutil
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from suite import measure, subjects

from suite.generator import Meanwhile, generate
from suite.lab import Lab
from suite.point import Load, Point
from suite.results import ScenarioResults
from suite.scenario import (
    CPU,
    CPU_BARS,
    P50_MS,
    P99_MS,
    REQUESTS,
    REQUESTS_BARS,
    SYSTEM_CALLS,
    Column,
    Scenario,
)
from suite.scenarios.ladder import COST, against_peers
from waiting import Failure

KEY = "key:100"  # One of our own load's, which has set it.
TRIED_S = 0.3
PERCENTILES = {"p50_latency_ms": "p50", "p99_latency_ms": "p99", "max_latency_ms": "max"}


def redis_benchmark(
    _: Lab,
    port: int,
    load: Load,
    *,
    rate: float,
    meanwhile: Meanwhile | None = None,
    requests: int | None = None,
) -> dict[str, Any]:
    """As Lab.load(): so many requests, or as many as take load.seconds at that rate."""
    requests = requests or max(round(rate * load.seconds), 1)
    keep = "1" if load.connection == "reuse" else "0"
    command = ["redis-benchmark", "-h", "127.0.0.1", "-p", str(port)]
    command += ["-c", str(load.connections), "-n", str(requests), "-k", keep]
    command += ["-q", "--csv", "GET", KEY]
    cpu = children_cpu_seconds()
    output, errors = generate(command, requests / rate + 2 * load.timeout, meanwhile)
    cpu = children_cpu_seconds() - cpu
    found = parsed(output)
    if not found:  # It ends at the first reply that is an error.
        raise Failure(f"redis-benchmark: {(errors.strip().splitlines() or ['no result'])[-1]}")
    return found | {
        "requests": requests,
        "replies_in_all": requests,
        "errors": 0,
        "errors_by_cause": {},
        "elapsed_s": requests / found["requests_per_second"],
        "cpu_us_per_request": cpu / requests * 1e6,
        "latency_histogram_us": [],
    }


def children_cpu_seconds() -> float:
    """Of those that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def parsed(output: str) -> dict[str, Any] | None:
    """What its CSV says; None without a result. Latency, and a heading, came with Redis 6.2."""
    lines = list(csv.reader(line for line in output.splitlines() if line.startswith('"')))
    heading = lines.pop(0) if lines and lines[0][0] == "test" else ["test", "rps"]
    if not lines:
        return None
    fields = dict(zip(heading, lines[0]))
    latency = {
        ours: float(fields[theirs]) * 1000
        for theirs, ours in PERCENTILES.items()
        if theirs in fields
    }
    return {"requests_per_second": float(fields["rps"]), "latency_us": latency}


def point(lab: Lab, row: subjects.Subject, load: Load = Load()) -> Point:
    """Our own load, for a moment, checks the replies, and finds out how many requests make a run,
    and whether the server closes, or the load does."""
    tried = measure.measure(lab, Point(row, load=replace(load, seconds=TRIED_S)))
    if tried["errors"]:
        raise Failure(f"{row.label}: {tried['errors']}")
    values = tried["values"]
    closes = values["dials"] > values["requests"] / 2
    load = replace(load, warmup=0, connection="reconnect" if closes else "reuse")
    generator = partial(redis_benchmark, rate=values["requests_per_second"])
    return Point(row, load=load, generator=generator, count_system_calls=True)


def points(lab: Lab) -> list[Point]:
    if not shutil.which("redis-benchmark"):
        lab.warn("foreign: left out, for redis-tools is not installed")
        return []
    rows = [*subjects.LADDER, subjects.ONE_WORKER, *lab.peers(*subjects.PROXIES)]
    return [point(lab, row) for row in [*rows, subjects.BARE_EPOLL]]


def answer(found: ScenarioResults) -> Iterator[str]:
    steps = zip(subjects.LADDER, subjects.LADDER[1:])
    parts = [f"{row.label} {found.times(row.name, above.name, COST)}" for above, row in steps]
    yield f"CPU a request, against the row above: {'; '.join(parts)}."
    one = subjects.ONE_WORKER
    cpu = found.times(one.name, subjects.BARE_EPOLL.name, COST)
    yield f"{one.label}, against the floor, a server that only answers: {cpu} of its CPU a request."
    yield from against_peers(found, one.name)


SCENARIO = Scenario(
    name="foreign",
    question="Does a client that is not ours find the same?",
    prediction=(
        "A program must not be tuned to one client only. redis-benchmark asks the same, but takes "
        "more CPU a request than our own generator. So the fast rows get fewer requests a second. "
        "Fewer arrive at a time, and share less: each costs the server a little more. The order of "
        "the rows stays, and so do the ratios between them, roughly."
    ),
    load=(
        "redis-benchmark: 50 clients, each asks again as soon as it has its reply; GET of 64 "
        "bytes, one key. A server that closes after each reply, as stages 1 and 2 do, gets "
        "-k 0: a new connection for each request. Latency is redis-benchmark's, from its write on: "
        "dialling is not in it. It compares no replies; our own load does, for a moment before."
    ),
    points=points,
    answer=answer,
    columns=(
        REQUESTS,
        P50_MS,
        P99_MS,
        CPU,
        Column("client's CPU µs a request", "generator_cpu_us_per_request", 1),
        Column("accepts a request", "accepts_per_request", 2),
        SYSTEM_CALLS,
    ),
    charts=(REQUESTS_BARS, CPU_BARS),
)
