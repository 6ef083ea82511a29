#!/usr/bin/python3
"""Tests of ladder.py: what it prints for results that are made up here."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

LADDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "ladder.py")
CONTEXT = {
    "date": "2024-02-29T12:00:00+00:00",
    "cpu": "A CPU",
    "cores": "2",
    "kernel": "Linux 6.1.0 x86_64",
    "compiler": "GNU 12.2.0",
    "flags": " -O3",
    "upstream": "origin",
    "commit": "0123abc",
    "load": "50 clients, 64-byte GET",
    "seconds": "1.300000",
}
SPEEDS = {
    "stage1_naive": 4000,
    "stage2_pool": 5200,
    "stage3_keepalive": 20800,
    "stage4_workers/depth1": 20800,
    "stage4_workers": 123456,
}


def runs_of(name, speed, count):
    return [
        {
            "name": f"{name}/iterations:1/manual_time",
            "run_type": "iteration",
            "requests_per_second": speed * (0.99 + 0.02 * i / max(count - 1, 1)),
            "p99_us": 12345.6,
            "cpu_us_per_request": 142.1,
            "accepts_per_request": 1,
            "threads_per_request": 1,
            "dials_per_request": 0.0012,
            "upstream_writes_per_request": 0.25,
        }
        for i in range(count)
    ]


def results(count=9):
    return [run for name, speed in SPEEDS.items() for run in runs_of(name, speed, count)]


def ladder(benchmarks, *options):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"context": CONTEXT, "benchmarks": benchmarks}, file)
        file.flush()
        return subprocess.run(
            [sys.executable, LADDER, file.name, *options],
            capture_output=True,
            text=True,
            check=False,
        )


def row(output, label):
    return next(line for line in output.splitlines() if line.startswith(label))


class Ladder(unittest.TestCase):
    def test_has_a_row_for_each_stage_and_fits_100_columns(self):
        output = ladder(results()).stdout
        for label in ["1 naive", "2 + pool", "3 + keepalive", "4 + workers", "4 + pipelining"]:
            row(output, label)
        self.assertLessEqual(max(map(len, output.splitlines())), 100)
        self.assertNotIn("rough", output)

    def test_figures_are_medians_with_their_gains(self):
        output = ladder(results()).stdout
        self.assertRegex(row(output, "1 naive"), r"^1 naive +4,000 +12\.3 +142\.1 +1\.00 +1\.00")
        self.assertRegex(row(output, "2 + pool"), r"5,200 +1\.30 \(1\.\d\d-1\.\d\d\) +1\.30 \(")
        self.assertRegex(row(output, "4 + pipelining"), r"123,456 +5\.94 \(.* 30\.9 \(")
        self.assertRegex(row(output, "4 + pipelining"), r"<0\.01 +0\.25$")

    def test_marks_what_cannot_be_told_apart(self):
        output = ladder(results()).stdout
        self.assertRegex(row(output, "4 + workers"), r"20,800 +~1\.00 \(0\.\d\d-1\.\d\d\) +5\.20 \(")

    def test_says_that_few_runs_give_rough_intervals(self):
        self.assertIn("Only 3 runs of a row", ladder(results(3)).stdout)

    def test_is_the_same_each_time(self):
        self.assertEqual(ladder(results()).stdout, ladder(results()).stdout)

    def test_markdown_is_a_table_with_its_origin(self):
        output = ladder(results(), "--markdown").stdout
        self.assertEqual(sum(line.startswith("|") for line in output.splitlines()), 7)
        self.assertIn("2024-02-29 on A CPU, 2 cores", output)
        self.assertIn("commit 0123abc", output)

    def test_refuses_a_missing_row(self):
        found = ladder([run for run in results() if not run["name"].startswith("stage3")])
        self.assertEqual(found.returncode, 1)
        self.assertIn("no run of stage3_keepalive", found.stderr)

    def test_refuses_a_failed_run(self):
        failed = {
            "name": "stage2_pool/iterations:1/manual_time",
            "run_type": "iteration",
            "error_occurred": True,
            "error_message": "replies were not right",
        }
        found = ladder(results() + [failed])
        self.assertEqual(found.returncode, 1)
        self.assertIn("a run of stage2_pool failed: replies were not right", found.stderr)


class Readme(unittest.TestCase):
    """What the README shows comes from the committed results."""

    def test_shows_the_reference_run(self):
        results = os.path.join(os.path.dirname(LADDER), "results", "ladder.json")
        table = subprocess.run(
            [sys.executable, LADDER, results, "--markdown"], capture_output=True, text=True, check=True
        ).stdout
        with open(os.path.join(os.path.dirname(LADDER), "..", "README.md")) as readme:
            self.assertIn(table, readme.read())


if __name__ == "__main__":
    unittest.main()
