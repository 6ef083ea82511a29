"""Many connections, few of them busy."""

import resource
from collections.abc import Iterator

from suite import subjects
from suite.intervals import format_ratio
from suite.lab import Lab
from suite.point import Load, Point
from suite.results import ScenarioResults
from suite.scenario import P99_MS, REQUESTS, REQUESTS_CHART, Chart, Column, Scenario

BUSY = 50
CONNECTIONS = [1, 8, 50, 250, 1000, 10000]
DESCRIPTORS_BESIDE = 200  # That a gateway needs for its upstream, its loops and its log.
ROWS = [subjects.KEEPALIVE, subjects.PIPELINING]


def raise_descriptor_limit(wanted: int) -> int:
    """Those of the programs started from here; returns what there is."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(soft, wanted)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(wanted, hard)))
    except (ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def points(lab: Lab) -> list[Point]:
    limit = raise_descriptor_limit(CONNECTIONS[-1] + DESCRIPTORS_BESIDE)
    found: list[Point] = []
    for connections in CONNECTIONS:
        if connections + DESCRIPTORS_BESIDE > limit:
            lab.warn(
                f"clients: {connections:,} connections take more descriptors than the {limit:,} that "
                "this system allows a process (ulimit -Hn)"
            )
            continue
        busy = min(connections, BUSY)
        load = Load(connections=busy, idle=connections - busy, seconds=0.8)
        options = f"--max-clients {connections + 20}"
        seconds = load.seconds + 0.6 + connections / 5000
        found += [
            Point(row, x=connections, load=load, options=options, expected_seconds=seconds)
            for row in ROWS
        ]
    return found


def bytes_a_connection(found: ScenarioResults, row: str) -> float | None:
    """Resident memory of an idle one, from the two ends."""
    most, fewest = found.xs()[-1], BUSY
    if most <= fewest or not all(found.has(row, x) for x in [fewest, most]):
        return None
    grown = found.median(row, "rss_mib", most) - found.median(row, "rss_mib", fewest)
    return grown * 2**20 / (most - fewest)


def answer(found: ScenarioResults) -> Iterator[str]:
    most = found.xs()[-1]
    for row in ROWS:
        if not found.has(row.name, most):
            continue
        left = found.ratio((row.name, most), (row.name, BUSY), "requests_per_second")
        sentence = (
            f"{row.label}: with {most:,} connections {format_ratio(*left)} of the requests a second "
            f"that it had with {BUSY}, and {found.median(row.name, 'threads', most):,.0f} threads."
        )
        if cost := bytes_a_connection(found, row.name):
            sentence += f" An idle connection costs {cost / 1024:.1f} KiB of resident memory."
        yield sentence


SCENARIO = Scenario(
    name="clients",
    question="What does an open connection cost that says nothing?",
    prediction=(
        "At stage 3 each is a thread: its stack, its place in the scheduler. At stage 4 it is a small "
        "object and an entry in epoll. 10,000 of them should not slow down the 50 busy ones."
    ),
    load=(
        f"At most {BUSY} connections are busy, with GET of 64 bytes; the others asked once. "
        "Resident memory is the process's, without the kernel's part of a socket."
    ),
    points=points,
    answer=answer,
    x_axis="open client connections",
    x_log=True,
    columns=(
        REQUESTS,
        P99_MS,
        Column("threads", "threads"),
        Column("RSS MiB", "rss_mib", 1),
    ),
    charts=(
        REQUESTS_CHART,
        Chart("rss_mib", "resident memory, MiB", "Resident memory", log=True),
        Chart("threads", "threads", "Threads", log=True),
    ),
)
