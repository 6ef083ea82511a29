"""The output of `load --json`: read, checked, and told in a few lines."""

import json
import math
import time
from collections.abc import Callable
from typing import Any, NoReturn

from waiting import Failure

Report = dict[str, Any]
BUCKET_WIDTH = 1 / 128  # a bucket of load spans less than this part of its least value
TIMES = ["timeout_s", "elapsed_s", "window_begin_unix_s", "window_end_unix_s"]
HISTOGRAMS = ["latency_histogram_us", "service_time_histogram_us"]
PERCENTILES = {"p50": 500, "p90": 900, "p99": 990, "p99.9": 999}  # in thousandths


def is_count(value: Any) -> bool:
    return type(value) is int and value >= 0


def is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) < math.inf


def is_time(value: Any) -> bool:
    return is_number(value) and 0 <= value < 1e10


def are_percentiles(value: Any) -> bool:
    names = [*PERCENTILES, "max", "mean"]
    return isinstance(value, dict) and all(is_time(value.get(name)) for name in names)


def is_bound(us: float) -> bool:
    """Whether a bucket of load ends there: all bits that a bucket leaves out are set."""
    ns = round(us * 1000)
    left_out = max(ns.bit_length() - 8, 0)
    return ns / 1000 == us and (ns + 1) % (1 << left_out) == 0


def is_bucket(value: Any) -> bool:
    """Whether it is [greatest microseconds, number of samples]."""
    if not isinstance(value, list) or len(value) != 2:
        return False
    return is_time(value[0]) and is_bound(value[0]) and is_count(value[1]) and value[1] > 0


def is_histogram(value: Any) -> bool:
    if not isinstance(value, list) or not all(map(is_bucket, value)):
        return False
    bounds = [us for us, _ in value]
    return bounds == sorted(set(bounds))


# What must hold for which fields, and what to say if it does not.
CHECKS: list[tuple[Callable[[Any], bool], str, list[str]]] = [
    (lambda value: isinstance(value, str), "is no text", ["target", "connection_use"]),
    (lambda value: isinstance(value, bool), "is neither true nor false", ["server_closes"]),
    (is_count, "is no count", ["connections", "pipeline", "keys", "value_size", "seed"]),
    (is_count, "is no count", ["idle_connections", "requests", "replies_in_all"]),
    (is_count, "is no count", ["clients_answered", "dials", "reconnects", "errors"]),
    (lambda value: value is None or is_number(value), "is no number", ["rate"]),
    (is_number, "is no number", ["get_ratio", "requests_per_second", "cpu_us_per_request", *TIMES]),
    (is_time, "is no time", TIMES),
    (are_percentiles, "are no percentiles", ["latency_us", "service_time_us"]),
    (is_histogram, "is no histogram of these buckets", HISTOGRAMS),
    (lambda value: isinstance(value, dict), "is no object", ["errors_by_cause"]),
    (lambda value: all(map(is_count, value.values())), "is no count", ["errors_by_cause"]),
]


def no_constant(name: str) -> NoReturn:
    raise ValueError(f"JSON has no {name}")


def read(text: str | bytes) -> Report:
    """The report of one run. Raises Failure for any other text."""
    try:
        document = json.loads(text, parse_constant=no_constant)
    except (ValueError, RecursionError):
        raise Failure("no JSON") from None
    if not isinstance(document, dict):
        raise Failure("not what load --json prints: no object")
    if "places" in document:
        raise Failure("merged already: give its parts")
    for holds, fault, names in CHECKS:
        for name in names:
            if name not in document:
                raise Failure(f"not what load --json prints: no {name}")
            if not holds(document[name]):
                raise Failure(f"not what load --json prints: {name} {fault}")
    return document


def in_words(percentiles: dict[str, float]) -> str:
    return "  ".join(f"{name} {value:.1f}" for name, value in percentiles.items()) + " us"


def summary(whole: Report) -> str:
    """The summary of a merged report: as load prints it, and a line for each place."""
    places = whole["places"]
    closes = "closes" if whole["server_closes"] else "keeps"
    begin = time.strftime("%F %T", time.gmtime(whole["window_begin_unix_s"]))
    lines = [
        f"{whole['connections']} connections, pipeline {whole['pipeline']}, "
        f"{whole['value_size']}-byte values, {100 * whole['get_ratio']:.1f} % GET; "
        f"the server {closes} connections",
        f"requests    {whole['requests']}, {whole['requests_per_second']:.1f} a second",
        f"latency     {in_words(whole['latency_us'])}",
    ]
    if whole["rate"] is not None:
        lines.append(f"from send   {in_words(whole['service_time_us'])}")
    lines += [
        f"connections {whole['dials']} dialled, {whole['reconnects']} found closed and dialled again",
        f"own CPU     {whole['cpu_us_per_request']:.1f} us a request, "
        f"{100 * max(place['cores'] for place in places):.1f} % of a core at the busiest place",
        f"places      {len(places)}, all of them for {whole['elapsed_s']:.1f} s from {begin} UTC; "
        f"percentiles at most {100 * BUCKET_WIDTH:.1f} % too high",
    ]
    lines += [
        f"  {place['name']}: {place['connections']} connections to {place['target']}, "
        f"{place['requests_per_second']:.1f} requests a second, {100 * place['cores']:.1f} % of a "
        f"core, {place['errors']} errors"
        for place in places
    ]
    lines.append(f"errors      {whole['errors']}")
    lines += [f"  {count}  {cause}" for cause, count in whole["errors_by_cause"].items()]
    return "\n".join(lines)
