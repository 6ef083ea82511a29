"""The same load on all stages."""

from collections.abc import Iterable, Iterator, Sequence

from suite import subjects
from suite.intervals import format_ratio, undecided
from suite.lab import Lab
from suite.point import Load, Point
from suite.results import Place, ScenarioResults
from suite.scenario import CPU, CPU_BARS, P50_MS, P99_MS, REQUESTS, REQUESTS_BARS, Column, Scenario

GATEWAYS = [*subjects.PROXIES, *subjects.GO]
SPEED, COST = "requests_per_second", "cpu_us_per_request"
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
# What theory says of the first ones, for clients that keep their connection if they may.
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
    load = Load(seconds=1.3, warmup=0.3)
    beside = lab.peers(subjects.ONE_WORKER, subjects.BARE_SOCKETS, *subjects.PEERS)
    rows = [*subjects.LADDER, *beside]
    return [Point(row, load=load, count_system_calls=True) for row in rows]


def answer(found: ScenarioResults) -> Iterator[str]:
    names = [row.name for row in subjects.LADDER]
    for before, row in zip(names, names[1:]):
        gain = found.ratio((row, None), (before, None), SPEED)
        if undecided(gain[1]):
            words = f"no detectable difference from the row above, {format_ratio(*gain)}."
        else:
            words = f"{format_ratio(*gain)} times the requests a second of the row above."
        yield f"{found.label(row)}: {words}"
    yield f"The last is {found.times(names[-1], names[0], SPEED)} times the first."
    for row in [names[-1], subjects.ONE_WORKER.name]:
        if found.has(row):
            yield from standing(found, row)
    parts = [
        f"{stage.label} {found.times(stage.name, peer.name, SPEED)}"
        for stage, peer in zip(subjects.LADDER, subjects.GO)  # Each and the same idea in Go.
        if found.has(peer.name)
    ]
    if parts:
        yield f"The same idea in C++ against Go, requests a second: {'; '.join(parts)}."


def against_each(
    found: ScenarioResults,
    row: str,
    peers: Iterable[subjects.Subject],
    figures: Sequence[tuple[str, Place]],
) -> str:
    """These figures of `row`, (metric, x), against those of each peer that was measured beside it."""
    parts = []
    for peer in peers:
        if found.has(peer.name, figures[0][1]):
            ratios = (found.times(row, peer.name, metric, x) for metric, x in figures)
            parts.append(f"{' and '.join(ratios)} of {peer.label}'s")
    return "; ".join(parts)


def against_peers(found: ScenarioResults, row: str, x: Place = None) -> Iterator[str]:
    """A sentence about the gateways that were measured beside `row`."""
    if parts := against_each(found, row, GATEWAYS, [(metric, x) for metric in (SPEED, COST)]):
        yield f"{found.label(row)}, requests a second and CPU a request: {parts}."


def standing(found: ScenarioResults, row: str) -> Iterator[str]:
    """Ahead of which gateways it is, and behind which."""
    for metric, words, more_is_better in [
        (SPEED, "requests a second", True),
        (COST, "CPU a request", False),
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
        "Each idea makes one count fall. Stage 2 no longer dials for each request. Stage 3 no longer "
        "accepts a client and starts a thread for each. Stage 4 needs no thread for each client, and "
        "shares upstream writes. The cost of a request falls with the counts, most at stage 3: a "
        "handshake and a thread go."
    ),
    load="50 clients, each asks again as soon as it has its reply; GET of 64 bytes.",
    points=points,
    keeps_distributions=True,
    answer=answer,
    columns=(REQUESTS, P50_MS, P99_MS, CPU),
    charts=(REQUESTS_BARS, CPU_BARS),
)
