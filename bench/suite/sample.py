"""Results for tests: a run of the ladder that nobody measured."""

from typing import Any

from suite import results, subjects

SPEEDS = dict(zip([row.name for row in subjects.LADDER], [4000, 5200, 20800, 20800, 123456]))
STAMP = {
    "date": "2024-02-29T12:00:00+00:00",
    "commit": "0123abc",
    "dirty": False,
    "compiler": "g++ 12.2.0",
    "flags": "-O3",
    "cpu": "A CPU",
    "cores": 2,
    "memory_gib": 24.0,
    "kernel": "Linux 6.1.0 x86_64",
    "sysctls": {"net.ipv4.tcp_tw_reuse": "2"},
    "versions": {"redis": "7.0.15"},
    "load_average_before": 0.1,
}
PLAN = {
    "command": "./run bench <ladder>",
    "seed": 7,
    "upstream": "redis",
    "own_network": True,
    "peers": False,
    "scale": 1.0,
}
COUNTS = {
    "accepts_per_request": 1.0,
    "threads_started_per_request": 1.0,
    "dials_per_request": 0.0012,
    "upstream_writes_per_request": 0.25,
}
LADDER = {"scenario": "ladder", "x": None}


def run_of(row: str, speed: float, repetition: int) -> dict[str, Any]:
    values = COUNTS | {
        "requests_per_second": speed * (0.99 + 0.02 * ((repetition * 5) % 9) / 8),
        "p50_us": 900.0,
        "p99_us": 12345.6,
        "cpu_us_per_request": 142.1 + repetition / 100,
    }
    place = {"row": row, "repetition": repetition, "position": 0}
    return LADDER | place | {"values": values, "errors": {}}


def sample(repetitions: int = 9, stage3: float = SPEEDS["stage3"]) -> dict[str, Any]:
    speeds = SPEEDS | {"stage3": stage3}
    histogram = [[100.0, 900], [1000.0, 99], [50000.0, 1]]
    return {
        "schema": results.SCHEMA,
        "invalid": [],
        "warnings": ["the generator was busy"],
        "stamp": STAMP.copy(),
        "plan": PLAN | {"repetitions": repetitions},
        "generator": {"ceiling_requests_per_second": 150000.0, "cpu_us_per_request": 6.4},
        "rows": {
            row.name: {"label": row.label, "command": row.command, "stage": row.stage}
            for row in subjects.LADDER
        },
        "scenarios": {
            "ladder": {
                "xs": [None],
                "cells": [[row, None, ""] for row in speeds],
                "load": "50 clients.",
            }
        },
        "counts": [LADDER | {"row": "stage4", "system_calls_per_request": 3.7}],
        "distributions": [LADDER | {"row": "stage4", "kind": "latency", "histogram_us": histogram}],
        "runs": [
            run_of(row, speed, repetition)
            for row, speed in speeds.items()
            for repetition in range(repetitions)
        ],
    }
