"""Measures Asio's parts as stage 4 uses them, and keeps the figures for the tutorial.

    PYTHONPATH=bench python3 bench/micro/record.py     # writes bench/results/asio.json
"""

import json
import subprocess
from typing import Any

from suite import environment

BUILD = "build/release"
PROGRAMS = {"64": "micro", "2": "micro_default_cache"}  # by kept blocks
REPETITIONS = 9


def nanoseconds(program: str) -> dict[str, float]:
    """The median time of a step, by the name of the benchmark."""
    command = [
        f"{BUILD}/bench/micro/{program}",
        "--benchmark_filter=asio/",
        "--benchmark_format=json",
        f"--benchmark_repetitions={REPETITIONS}",
        "--benchmark_enable_random_interleaving=true",
        "--benchmark_report_aggregates_only=true",
        "--benchmark_min_time=0.1",
    ]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {
        entry["run_name"]: round(1e9 / entry["items_per_second"], 1)
        for entry in json.loads(printed)["benchmarks"]
        if entry["aggregate_name"] == "median"
    }


def main() -> None:
    document: dict[str, dict[str, Any]] = {"stamp": environment.stamp(BUILD), "nanoseconds": {}}
    for blocks, program in PROGRAMS.items():
        document["nanoseconds"][blocks] = nanoseconds(program)
    with open("bench/results/asio.json", "w", encoding="utf-8") as file:
        json.dump(document, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
