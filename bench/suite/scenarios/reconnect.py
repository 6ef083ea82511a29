"""A client connection for each request, whatever the server would allow."""

from collections.abc import Iterator

from suite import subjects
from suite.intervals import format_ratio
from suite.lab import Lab
from suite.point import Load, Point
from suite.results import ScenarioResults
from suite.scenario import Chart, Column, Scenario
from suite.scenarios.ladder import against_peers


def points(lab: Lab) -> list[Point]:
    rows = [*subjects.LADDER]
    rows += lab.peers(
        subjects.ONE_WORKER,
        *subjects.GO,
        *subjects.PROXIES,
        subjects.DIRECT,
        subjects.BARE_EPOLL,
        *lab.also,
    )
    load = Load(connection="reconnect", seconds=1.0)
    return [Point(row, load=load, count_system_calls=True) for row in rows]


def answer(found: ScenarioResults) -> Iterator[str]:
    for row in subjects.LADDER[1:]:
        gain = found.ratio((row.name, None), (subjects.NAIVE.name, None), "requests_per_second")
        cpu = found.ratio((row.name, None), (subjects.NAIVE.name, None), "cpu_us_per_request")
        yield (
            f"{row.label}: {format_ratio(*gain)} times the requests a second of stage 1, "
            f"{format_ratio(*cpu)} of its CPU a request."
        )
    yield from against_peers(found, subjects.PIPELINING.name)
    if found.has(subjects.BARE_EPOLL.name):
        cpu = found.ratio(
            (subjects.PIPELINING.name, None), (subjects.BARE_EPOLL.name, None), "cpu_us_per_request"
        )
        yield f"Against the floor, a server that only answers: {format_ratio(*cpu)} of its CPU a request."


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
        Column("requests/s", "requests_per_second"),
        Column("p99 ms", "p99_us", 2, 1e-3),
        Column("CPU µs a request", "cpu_us_per_request", 1),
        Column("handshakes a request", "active_opens_per_request", 2),
        Column("segments a request", "segments_sent_per_request", 1),
        Column("system calls a request", "system_calls_per_request", 1),
    ),
    charts=(
        Chart(
            "cpu_us_per_request", "CPU of the server, µs a request", "CPU a request", kind="bars"
        ),
    ),
)
