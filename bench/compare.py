#!/usr/bin/env python3
"""Says what changed between two results of ./run bench: bench/compare.py OLD NEW."""

import argparse
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

from suite import intervals, results, terminal
from waiting import Failure

METRICS = {
    "requests_per_second": ("requests/s", "more"),
    "cpu_us_per_request": ("CPU a request", "less"),
    "p99_us": ("p99", "less"),
    "upstream_writes_per_request": ("upstream writes", "less"),
    "dials_per_request": ("upstream dials", "less"),
}
MUST_AGREE = ["cpu", "cores", "kernel", "compiler", "flags"]
LEAST_COUNT = 0.01  # per request; less is noise of the start


class Change(NamedTuple):
    """The change of a cell that both results have."""

    cell: str
    figure: str
    ratio: str
    verdict: str  # empty: no change was detected


def read(path: str) -> dict[str, Any]:
    try:
        document = results.read(path)
    except ValueError as error:
        raise Failure(str(error)) from None
    if document["invalid"]:
        raise Failure(f"{path} is invalid: {document['invalid'][0]}")
    return document


def differences(old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    """What makes comparing the two doubtful."""
    for name in MUST_AGREE:
        if old["stamp"].get(name) != new["stamp"].get(name):
            yield f"{name} differs: {old['stamp'].get(name)} and {new['stamp'].get(name)}"
    if old["plan"]["upstream"] != new["plan"]["upstream"]:
        yield f"the upstream differs: {old['plan']['upstream']} and {new['plan']['upstream']}"
    yield (
        "the two were not measured in one interleaved run, so a few per cent may be the machine's; "
        "./run bench --also 'old=COMMAND' measures another build beside this one"
    )


def verdict(middle: float, interval: intervals.Interval | None, better: str) -> str:
    if not intervals.differs(interval):
        return ""
    return "better" if (middle > 1) == (better == "more") else "worse"


def changes(old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
    before, after = results.scenarios(old), results.scenarios(new)
    for name in [name for name in before if name in after]:
        for row, x in before[name].cells:
            if not after[name].has(row, x):
                continue
            for metric, (words, better) in METRICS.items():
                one, two = after[name].samples(row, metric, x), before[name].samples(row, metric, x)
                if not one or not two or min(one + two) <= 0:
                    continue
                if metric.endswith("dials_per_request") and max(one + two) < LEAST_COUNT:
                    continue
                middle, interval = intervals.ratio(one, two, paired=False)
                assert middle is not None
                cell = f"{name}: {before[name].label(row)}" + ("" if x is None else f", {x}")
                ratio = intervals.format_ratio(middle, interval)
                yield Change(cell, words, ratio, verdict(middle, interval, better))


def compare(old: dict[str, Any], new: dict[str, Any], all_of_them: bool) -> None:
    for words in differences(old, new):
        terminal.print_wrapped(f"Note: {words}.")
    found = list(changes(old, new))
    if not found:
        raise Failure("the two have no scenario and row in common")
    print()
    if shown := [list(change) for change in found if all_of_them or change.verdict]:
        terminal.print_grid(["", "figure", "new / old", ""], shown)
    differing = sum(bool(change.verdict) for change in found)
    print(
        f"{len(found)} figures compared, {differing} differ detectably (95 % intervals; by chance "
        f"alone up to {round(0.05 * len(found))} would)."
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench/compare.py", description=__doc__)
    parser.add_argument("old", metavar="OLD", help="the earlier results.json")
    parser.add_argument("new", metavar="NEW", help="the later results.json")
    parser.add_argument("--all", action="store_true", help="also show what did not change detectably")
    options = parser.parse_args()
    try:
        compare(read(options.old), read(options.new), options.all)
    except Failure as failure:
        sys.exit(f"compare: {failure}")


if __name__ == "__main__":
    main()
