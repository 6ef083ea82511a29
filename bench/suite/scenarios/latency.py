"""One client at a time, and fifty that leave the server room."""

from collections.abc import Iterable, Iterator

from suite import measure, subjects

from suite.lab import Lab
from suite.point import Load, Point
from suite.results import ScenarioResults
from suite.scenario import CPU, REQUESTS, Chart, Column, Scenario
from suite.scenarios.ladder import GATEWAYS, against_each

CLIENTS = 50
ONE, MANY = "one client", f"{CLIENTS} clients, paced"
SHARE = 0.5  # Of the capacity of stage 4 with one worker,
SHARE_AT_MOST = 0.5  # and of the slowest gateway: past its own capacity a queue is all one sees.


def common_rate(lab: Lab, rows: Iterable[subjects.Subject]) -> float:
    """One that leaves all of them room."""

    def capacity(row: subjects.Subject) -> float:
        return measure.capacity(lab, Point(row, load=Load(connections=CLIENTS, seconds=0.4)))

    reference = capacity(subjects.ONE_WORKER)
    others = [row for row in rows if row.forwards and row != subjects.ONE_WORKER]
    found = {row.name: capacity(row) for row in others}
    slowest = min(found, key=found.__getitem__)
    rate = min(SHARE * reference, SHARE_AT_MOST * found[slowest])
    lab.note("rate", round(rate))
    lab.note("of_one_worker", round(rate / reference, 3))
    lab.note("slowest", slowest)
    lab.note("of_slowest", round(rate / found[slowest], 3))
    return rate


def points(lab: Lab) -> list[Point]:
    rows = [subjects.KEEPALIVE, subjects.PIPELINING, *lab.peers(*subjects.BESIDE_STAGE_4)]
    rate = common_rate(lab, rows)
    loads = {
        ONE: Load(connections=1, seconds=0.6),
        MANY: Load(connections=CLIENTS, seconds=1.0, rate=rate),
    }
    return [Point(row, x=x, load=load) for row in rows for x, load in loads.items()]


def answer(found: ScenarioResults) -> Iterator[str]:
    facts = found.facts
    yield (
        f"The common rate: {facts['rate']:,} requests a second, {facts['of_one_worker']:.0%} of the "
        f"capacity of stage 4 with one worker, and {facts['of_slowest']:.0%} of that of the slowest "
        f"gateway here, {found.label(facts['slowest'])}."
    )
    for row in [subjects.PIPELINING, subjects.ONE_WORKER]:
        if found.has(row.name, ONE):
            waits = [("p50_us", ONE), ("p99_us", MANY)]
            parts = against_each(found, row.name, [subjects.KEEPALIVE, *GATEWAYS], waits)
            yield (
                f"{found.label(row.name)}, median wait of one client and p99 at the common rate (less "
                f"is better): {parts}."
            )


SCENARIO = Scenario(
    name="latency",
    question="How long does a client wait if the server has time to spare?",
    prediction=(
        "One client leaves nothing to share, so pipelining and workers gain it nothing. It waits for "
        "three wake-ups in a row: the gateway's, the upstream's and its own. So all gateways are "
        "close together. At a rate that all of them can serve, the queue for a CPU decides. p99 is "
        "lower if a request takes less CPU, and if no thread has to wait for another."
    ),
    load=(
        "GET of 64 bytes. First, one client that asks again as soon as it has its reply. Then an open "
        f"loop of evenly spaced requests over {CLIENTS} connections, at the same rate for all rows: "
        f"{100 * SHARE:.0f} % of what a closed loop of as many clients gets out of stage 4 with one "
        f"worker, but no more than {100 * SHARE_AT_MOST:.0f} % of what it gets out of the slowest "
        "gateway here. Latency counts from the intended send. The generator sends together what falls "
        "due within 0.1 ms, and later if it has to wait for a CPU or for a free connection."
    ),
    points=points,
    answer=answer,
    x_axis="load",
    columns=(
        Column("p50 µs", "p50_us"),
        Column("p99 µs", "p99_us"),
        Column("p99 from the send, µs", "sent_p99_us"),
        REQUESTS,
        CPU,
    ),
    charts=(
        Chart("p50_us", "median latency, µs", "One client: median", kind="bars", x=ONE),
        Chart(
            "p99_us",
            "p99 from the intended send, µs",
            f"{CLIENTS} clients at the common rate: p99",
            kind="bars",
            x=MANY,
        ),
    ),
)
