"""More requests than the server can serve."""

from collections.abc import Iterator

from suite import measure, subjects
from suite.lab import Lab
from suite.point import Load, Point
from suite.results import ScenarioResults
from suite.scenario import Chart, Column, Scenario

CLIENTS = 256
PERCENT = [20, 50, 80, 90, 100, 110, 130, 200]
SMALL_POOL = "--workers 1 --pipeline-depth 1 --pool-max-open 16"
BACKPRESSURE = subjects.PIPELINING.with_options("backpressure", "backpressure alone", SMALL_POOL)
CLOSED = subjects.PIPELINING.with_options("closed", "closed loop, 64 clients", SMALL_POOL)
SHEDDING = subjects.PIPELINING.with_options(
    "shedding", "--max-in-flight 32", f"{SMALL_POOL} --max-in-flight 32"
)


def points(lab: Lab) -> list[Point]:
    closed = Point(CLOSED, x=100, load=Load(connections=64), delay="1ms")
    capacity = measure.capacity(lab, closed)
    return [closed] + [
        Point(
            row,
            x=percent,
            load=Load(connections=CLIENTS, seconds=1.0, rate=capacity * percent / 100),
            delay="1ms",
            expected_errors="error reply: -ERR gateway is busy",
            expected_seconds=1.6 + max(percent - 100, 0) / 100,
        )
        for row in [BACKPRESSURE, SHEDDING]
        for percent in PERCENT
    ]


def answer(found: ScenarioResults) -> Iterator[str]:
    capacity = found.median(CLOSED.name, "requests_per_second", 100)
    yield f"Capacity, by a closed loop of 64 clients: {capacity:,.0f} requests a second."
    for row in [BACKPRESSURE, SHEDDING]:
        sentence = f"{row.label}:"
        for percent in [80, 130, 200]:
            refused = found.median(row.name, "failed_share", percent)
            goodput = found.median(row.name, "goodput_per_second", percent) / capacity
            p99 = found.median(row.name, "p99_us", percent) / 1000
            sentence += f" at {percent} % goodput is {goodput:.0%} of capacity"
            sentence += f", p99 of the served {p99:,.1f} ms, {refused:.0%} refused;"
        yield sentence[:-1] + "."


SCENARIO = Scenario(
    name="overload",
    question="What happens when clients ask for more than the server can give?",
    prediction=(
        "Up to capacity, little. Beyond it, the queue grows for as long as the overload lasts, and each "
        "client waits longer: the hockey stick. Backpressure alone moves the queue to the clients, "
        "and soon all replies come too late to be of use. Refusing the surplus keeps the rest fast: "
        "goodput stays at capacity."
    ),
    load=(
        "An open loop of evenly spaced requests over 256 connections; the bottleneck is a pool of 16 "
        "connections to an origin that replies after 1 ms. Goodput counts replies within 100 ms of "
        "the intended send; the generator sends each within 0.1 ms of it."
    ),
    points=points,
    keeps_distributions=True,
    answer=answer,
    x_axis="offered load, % of capacity",
    columns=(
        Column("replies/s", "requests_per_second"),
        Column("goodput/s", "goodput_per_second"),
        Column("p50 of the served, ms", "p50_us", 1, 1e-3),
        Column("p99 of the served, ms", "p99_us", 1, 1e-3),
        Column("refused %", "failed_share", 1, 100),
    ),
    charts=(
        Chart(
            "p99_us",
            "p99 of the served, from the intended send, ms",
            "Latency",
            scale=1e-3,
            log=True,
        ),
        Chart("goodput_per_second", "replies within 100 ms, a second", "Goodput"),
        Chart("failed_share", "requests refused, %", "Refusals", scale=100),
    ),
)
