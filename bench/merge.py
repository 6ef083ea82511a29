#!/usr/bin/env python3
"""Merges what load --json printed at several places at the same time into one report."""

import argparse
import bisect
import itertools
import json
import math
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any, NoReturn

from load_report import BUCKET_WIDTH, PERCENTILES, Report, read, summary
from suite import hgrm
from waiting import Failure

Part = tuple[str, Report]  # the name of a place's file, and its report
LEAST_COMMON_WINDOW = 0.9  # of the longest window
SETTINGS = ["pipeline", "get_ratio", "keys", "value_size", "connection_use", "timeout_s"]
SETTINGS += ["rate", "server_closes"]
SUMS = ["connections", "idle_connections", "requests", "replies_in_all", "requests_per_second"]
SUMS += ["clients_answered", "dials", "reconnects", "errors"]


def said(report: Report, setting: str) -> str:
    """What must be the same at all places. Rates may differ, but all or none must have one."""
    value = report[setting]
    if setting == "rate":
        return "none" if value is None else "given"
    return value if isinstance(value, str) else json.dumps(value)


def window(reports: Sequence[Report]) -> tuple[float, float, float]:
    """The time that all windows share: begin, end and length, in seconds."""
    begin = max(report["window_begin_unix_s"] for report in reports)
    end = min(report["window_end_unix_s"] for report in reports)
    return begin, end, round(end - begin, 6)


def check(parts: Sequence[Part]) -> None:
    """Raises Failure, which names a part, if they were not one load."""
    first_name, first = parts[0]
    for i, (name, report) in enumerate(parts):
        for earlier, other in parts[:i]:
            if report == other:
                raise Failure(f"{name}: the same run as in {earlier}")
        for setting in SETTINGS:
            here, there = said(report, setting), said(first, setting)
            if here != there:
                raise Failure(f"{name}: {setting} is {here}, and in {first_name} {there}")
        so_far = [report for _, report in parts[: i + 1]]
        longest = max(report["elapsed_s"] for report in so_far)
        common = window(so_far)[2]
        if common < LEAST_COMMON_WINDOW * longest:
            raise Failure(
                f"{name}: measured together with those before it for {max(common, 0):.1f} s of "
                f"{longest:.1f} s, which is less than {LEAST_COMMON_WINDOW:.0%}".replace("%", " %")
            )


def weighted_mean(pairs: Sequence[tuple[float, float]]) -> float:
    """Of (value, weight)."""
    whole = sum(weight for _, weight in pairs)
    return sum(value * weight for value, weight in pairs) / whole if whole else 0


def distribution(reports: Sequence[Report], name: str) -> dict[str, Any]:
    """The sum of the histograms, and its percentiles: each is the bound of its bucket. The greatest
    and the mean are those of all samples."""
    counts: Counter[float] = Counter()
    means = []
    for report in reports:
        histogram = dict(report[f"{name}_histogram_us"])
        counts.update(histogram)
        means.append((report[f"{name}_us"]["mean"], sum(histogram.values())))
    bounds = sorted(counts)
    seen = list(itertools.accumulate(counts[bound] for bound in bounds))
    greatest = max(report[f"{name}_us"]["max"] for report in reports)
    found = {}
    for percentile, thousandths in PERCENTILES.items():
        rank = math.ceil(counts.total() * thousandths / 1000)
        bound = bounds[bisect.bisect_left(seen, rank)] if bounds else 0.0
        found[percentile] = min(bound, greatest)
    return {
        f"{name}_us": found | {"max": greatest, "mean": round(weighted_mean(means), 3)},
        f"{name}_histogram_us": [[bound, counts[bound]] for bound in bounds],
    }


def place(name: str, report: Report) -> dict[str, Any]:
    same = ["target", "connections", "requests", "requests_per_second"]
    cores = report["cpu_us_per_request"] * report["requests_per_second"] / 1e6
    shown = {key: report[key] for key in same}
    return {"name": name, **shown, "cores": cores, "errors": report["errors"]}


def merge(parts: Sequence[Part]) -> Report:
    """One report of runs that were one load at the same time. Raises Failure if they were not.
    The rate is the sum of the rates, each in its own window: the sum of the requests would
    count requests outside the common window."""
    check(parts)
    reports = [report for _, report in parts]
    begin, end, elapsed = window(reports)
    whole = reports[0] | {name: sum(report[name] for report in reports) for name in SUMS}
    whole["target"] = ", ".join(dict.fromkeys(report["target"] for report in reports))
    if whole["rate"] is not None:
        whole["rate"] = sum(report["rate"] for report in reports)
    if len({report["seed"] for report in reports}) > 1:
        whole["seed"] = None
    errors: Counter[str] = Counter()
    for report in reports:
        errors.update(report["errors_by_cause"])
    whole["errors_by_cause"] = dict(sorted(errors.items()))
    cpu = [(report["cpu_us_per_request"], report["requests"]) for report in reports]
    return whole | {
        "elapsed_s": elapsed,
        "window_begin_unix_s": begin,
        "window_end_unix_s": end,
        **distribution(reports, "latency"),
        **distribution(reports, "service_time"),
        "cpu_us_per_request": weighted_mean(cpu),
        "percentiles_too_high_by_at_most": BUCKET_WIDTH,
        "places": [place(*part) for part in parts],
    }


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"merge: {message} (see merge.py --help)\n")


def read_part(file: str) -> Part:
    with open(file, "rb") as source:
        text = source.read()
    try:
        return file, read(text)
    except Failure as error:
        raise Failure(f"{file}: {error}") from None


def main() -> None:
    """The exit code, as of load. 0: all replies were right. 1: some were not, or the files cannot be
    merged. 2: bad options."""
    parser = Parser(prog="merge.py", description=__doc__)
    parser.add_argument("files", nargs="+", metavar="FILE", help="one for each place")
    parser.add_argument("--json", action="store_true", help="the report as JSON, as load prints it")
    parser.add_argument(
        "--hgrm", metavar="FILE", help="write the latencies there, for HdrHistogram's plotters"
    )
    options = parser.parse_args()
    try:
        whole = merge([read_part(file) for file in options.files])
        print(json.dumps(whole, indent=2) if options.json else summary(whole))
        if options.hgrm:
            if not whole["latency_histogram_us"]:
                raise Failure(f"{options.hgrm}: not written: there was no reply")
            with open(options.hgrm, "w", encoding="ascii") as file:
                file.write(hgrm.text(whole["latency_histogram_us"]))
    except Failure as error:
        sys.exit(f"merge: {error}")
    except OSError as error:
        sys.exit(f"merge: {error.filename}: {error.strerror}")
    sys.exit(whole["errors"] > 0)


if __name__ == "__main__":
    main()
