"""How many upstream connections does it take?"""

from collections.abc import Iterator
from dataclasses import replace

from suite import subjects
from suite.lab import Lab
from suite.point import Load, Point
from suite.results import ScenarioResults
from suite.scenario import REQUESTS, REQUESTS_LOG, Chart, Column, Scenario

SIZES = [1, 2, 4, 8, 16, 32, 64, 128]
CLIENTS = 128
DELAY_S = 0.001
WAIT = "50ms"
ROWS = [subjects.POOL, subjects.KEEPALIVE, subjects.WORKERS]


def points(lab: Lab) -> list[Point]:
    def options(row: subjects.Subject, size: int) -> str:
        pool = f"--pool-max-open {size} --pool-max-idle {size} --pool-wait-timeout {WAIT}"
        return pool + (" --workers 1" if row.stage == 4 else "")

    return [
        Point(
            row,
            x=size,
            load=Load(connections=CLIENTS, seconds=0.5),
            options=options(row, size),
            delay="1ms",
            expected_errors="error reply: -ERR upstream connections are all in use",
        )
        for row in ROWS
        for size in SIZES
    ]


def answer(found: ScenarioResults) -> Iterator[str]:
    sizes = found.xs()
    for row in ROWS:
        speeds = [found.median(row.name, "requests_per_second", size) for size in sizes]
        # The smallest of which the best gains less than 10 %.
        knee = next(size for size, speed in zip(sizes, speeds) if speed * 1.1 > max(speeds))
        more = (
            "none was too large" if knee == sizes[-1] else f"more than {knee} gain less than 10 %"
        )
        sentence = f"{row.label}: of the pools tried, {more}."
        for size in sizes:
            if (failed := found.median(row.name, "failed_share", size)) > 0.001:
                sentence += (
                    f" With {size}, {failed:.0%} of the requests find no connection within {WAIT}."
                )
        yield sentence


SCENARIO = Scenario(
    name="poolsize",
    question="How large does the pool have to be?",
    prediction=(
        "Little's law: connections in use = requests a second x seconds that each is in use. With an "
        "upstream that takes 1 ms, a pool of N carries at most N x 1000 requests a second, on a "
        "straight line up to the knee where CPU takes over. A pool that is too small makes requests "
        f"wait, and fails those that wait longer than {WAIT}."
    ),
    load=f"{CLIENTS} clients, GET of 64 bytes, an origin that replies after 1 ms (--delay 1ms).",
    points=points,
    answer=answer,
    x_axis="upstream connections at most",
    x_log=True,
    columns=(
        REQUESTS,
        Column("p99 ms", "p99_us", 1, 1e-3),
        Column("failed %", "failed_share", 1, 100),
    ),
    charts=(
        replace(REQUESTS_LOG, ideal=("Little's law: N / 1 ms", lambda size: size / DELAY_S)),
        Chart("failed_share", "requests that fail, %", "Requests that fail", scale=100),
    ),
)
