"""The same load on all stages."""

from collections.abc import Iterator

from suite import subjects
from suite.intervals import format_ratio, undecided
from suite.lab import Lab
from suite.point import Load, Point
from suite.results import ScenarioResults
from suite.scenario import Chart, Column, Scenario

LEDGER = (
    Column("client connections", "accepts_per_request", 2),
    Column("threads started", "threads_started_per_request", 2),
    Column("upstream dials", "dials_per_request", 2),
    Column("upstream writes", "upstream_writes_per_request", 2),
    Column("handshakes", "active_opens_per_request", 2),
    Column("segments", "segments_sent_per_request", 1),
    Column("context switches", "switches_per_request", 1),
    Column("system calls", "system_calls_per_request", 1),
)
# What theory says of the first ones, for clients that keep their connection where they may.
PREDICTED = {
    metric: dict(zip([row.name for row in subjects.LADDER], values))
    for metric, values in {
        "accepts_per_request": ["1", "1", "~0", "~0", "~0"],
        "threads_started_per_request": ["1", "1", "~0", "0", "0"],
        "dials_per_request": ["1", "~0", "~0", "~0", "~0"],
        "upstream_writes_per_request": ["1", "1", "1", "1", "< 1"],
        "active_opens_per_request": ["2", "1", "~0", "~0", "~0"],
    }.items()
}


def points(lab: Lab) -> list[Point]:
    rows = [*subjects.LADDER]
    rows += lab.peers(
        subjects.ONE_WORKER,
        subjects.BARE_SOCKETS,
        *subjects.GO,
        *subjects.PROXIES,
        subjects.DIRECT,
        subjects.BARE_EPOLL,
        *lab.also,
    )
    load = Load(seconds=1.3, warmup=0.3)
    return [Point(row, load=load, count_system_calls=True) for row in rows]


def answer(found: ScenarioResults) -> Iterator[str]:
    names = [row.name for row in subjects.LADDER]
    for before, row in zip(names, names[1:]):
        gain = found.ratio((row, None), (before, None), "requests_per_second")
        label = found.label(row)
        if undecided(gain[1]):
            yield f"{label}: no detectable difference from the row above, {format_ratio(*gain)}."
        else:
            yield f"{label}: {format_ratio(*gain)} times the requests a second of the row above."
    whole = found.ratio((names[-1], None), (names[0], None), "requests_per_second")
    yield f"The last is {format_ratio(*whole)} times the first."
    for row in [names[-1], subjects.ONE_WORKER.name]:
        if found.has(row):
            yield from standing(found, row)
    yield from like_for_like(found)


GATEWAYS = [*subjects.PROXIES, *subjects.GO]


def against_peers(found: ScenarioResults, row: str, x: int | str | None = None) -> Iterator[str]:
    """A sentence about the gateways that were measured beside `row`."""
    parts = []
    for peer in GATEWAYS:
        if found.has(peer.name, x):
            speed = found.ratio((row, x), (peer.name, x), "requests_per_second")
            cpu = found.ratio((row, x), (peer.name, x), "cpu_us_per_request")
            parts.append(f"{format_ratio(*speed)} and {format_ratio(*cpu)} of {peer.label}'s")
    if parts:
        yield f"{found.label(row)}, requests a second and CPU a request: {'; '.join(parts)}."


def like_for_like(found: ScenarioResults) -> Iterator[str]:
    """Each stage against the same idea in Go."""
    pairs = zip([subjects.NAIVE, subjects.POOL, subjects.KEEPALIVE, subjects.WORKERS], subjects.GO)
    parts = []
    for stage, peer in pairs:
        if found.has(peer.name):
            speed = found.ratio((stage.name, None), (peer.name, None), "requests_per_second")
            parts.append(f"{stage.label} {format_ratio(*speed)}")
    if parts:
        yield f"The same idea in C++ against Go, requests a second: {'; '.join(parts)}."


def standing(found: ScenarioResults, row: str) -> Iterator[str]:
    """Ahead of which gateways it is, and behind which."""
    for metric, words, more_is_better in [
        ("requests_per_second", "requests a second", True),
        ("cpu_us_per_request", "CPU a request", False),
    ]:
        places: dict[str, list[str]] = {"ahead of": [], "level with": [], "behind": []}
        for peer in GATEWAYS:
            if found.has(peer.name):
                middle, interval = found.ratio((row, None), (peer.name, None), metric)
                if middle is None:
                    continue
                better = "ahead of" if (middle > 1) == more_is_better else "behind"
                places["level with" if undecided(interval) else better].append(peer.label)
        parts = [f"{place} {'; '.join(peers)}" for place, peers in places.items() if peers]
        if parts:
            yield f"{found.label(row)} in {words}: {' — '.join(parts)}."


SCENARIO = Scenario(
    name="ladder",
    question="What does each idea gain, one on top of the other?",
    prediction=(
        "Counts fall with each stage as its idea says: stage 2 dials the upstream no more, stage 3 "
        "accepts no more and starts no threads, stage 4 needs no thread a client and shares upstream "
        "writes. What a request costs falls with them, most where a handshake and a thread go: at 3."
    ),
    load="50 clients, each asks again as soon as it has its reply; GET of 64 bytes.",
    points=points,
    keeps_distributions=True,
    answer=answer,
    columns=(
        Column("requests/s", "requests_per_second"),
        Column("p50 ms", "p50_us", 2, 1e-3),
        Column("p99 ms", "p99_us", 2, 1e-3),
        Column("CPU µs a request", "cpu_us_per_request", 1),
    ),
    charts=(
        Chart("requests_per_second", "requests a second", "Requests a second", kind="bars"),
        Chart(
            "cpu_us_per_request", "CPU of the server, µs a request", "CPU a request", kind="bars"
        ),
    ),
)
