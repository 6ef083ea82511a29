"""From 16 bytes to 1 MiB."""

from collections.abc import Iterator

from suite import subjects

from suite.lab import Lab
from suite.point import Load, Point
from suite.results import ScenarioResults
from suite.scenario import CPU, P99_MS, REQUESTS, REQUESTS_LOG, Chart, Column, Scenario
from suite.scenarios.ladder import SPEED, against_peers

SIZES = [16, 256, 4096, 65536, 1 << 20]
KEYS = {65536: 200, 1 << 20: 20}  # Of the large ones fewer, so that they fit into memory.


def points(lab: Lab) -> list[Point]:
    beside = [peer for peer in subjects.BESIDE_STAGE_4 if peer != subjects.GO_CORRECTED]
    rows = [subjects.KEEPALIVE, subjects.PIPELINING, *lab.peers(*beside)]
    return [
        Point(row, x=size, load=Load(value_size=size, keys=KEYS.get(size, 1000), seconds=0.5))
        for row in rows
        for size in SIZES
    ]


def answer(found: ScenarioResults) -> Iterator[str]:
    three, four = subjects.KEEPALIVE.name, subjects.PIPELINING.name
    for size in found.xs():
        gain = found.times(four, three, SPEED, size)
        yield f"{size:,} bytes: stage 4 has {gain} times the requests a second of stage 3."
    for sentence in against_peers(found, four, SIZES[-1]):
        yield f"{SIZES[-1]:,} bytes: {sentence}"


SCENARIO = Scenario(
    name="valuesize",
    question="Up to what size of a value do the ideas matter?",
    prediction=(
        "They save what a request costs whatever its size: calls, wake-ups, handshakes. Beyond some tens "
        "of kilobytes, copying dominates. All gateways copy twice, and the differences shrink."
    ),
    load="50 clients, GET.",
    points=points,
    answer=answer,
    x_axis="bytes of a value",
    x_log=True,
    columns=(
        REQUESTS,
        Column("MiB/s", "mib_per_second", 1),
        CPU,
        P99_MS,
        Column("peak RSS MiB", "peak_rss_mib", 1),
    ),
    charts=(
        REQUESTS_LOG,
        Chart("mib_per_second", "values, MiB a second", "Throughput", log=True),
    ),
)
