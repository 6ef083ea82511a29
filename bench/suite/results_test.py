"""Tests of what becomes of results: the file, tables, the page, distributions, comparisons."""

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from typing import Any

from suite import environment, hgrm, readme, report, results, subjects, tables, terminal

COMPARE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "compare")
SPEEDS = [4000, 5200, 20800, 20800, 123456]


def run_of(row: str, speed: float, repetition: int) -> dict[str, Any]:
    values = {
        "requests_per_second": speed * (0.99 + 0.02 * ((repetition * 5) % 9) / 8),
        "p50_us": 900.0,
        "p99_us": 12345.6,
        "cpu_us_per_request": 142.1 + repetition / 100,
        "accepts_per_request": 1.0,
        "threads_started_per_request": 1.0,
        "dials_per_request": 0.0012,
        "upstream_writes_per_request": 0.25,
    }
    place: dict[str, Any] = {
        "scenario": "ladder",
        "row": row,
        "x": None,
        "repetition": repetition,
        "position": 0,
    }
    return place | {"values": values, "errors": {}}


def document(repetitions: int = 9, factor: float = 1.0) -> dict[str, Any]:
    rows = list(zip([row.name for row in subjects.LADDER], SPEEDS))
    return {
        "schema": results.SCHEMA,
        "invalid": [],
        "warnings": ["the generator was busy"],
        "stamp": {
            "date": "2024-02-29T12:00:00+00:00",
            "commit": "0123abc",
            "dirty": False,
            "build_type": "Release",
            "compiler": "g++ 12.2.0",
            "flags": "-O3",
            "cpu": "A CPU",
            "cores": 2,
            "memory_gib": 24.0,
            "kernel": "Linux 6.1.0 x86_64",
            "sysctls": {"net.ipv4.tcp_tw_reuse": "2"},
            "versions": {"redis": "7.0.15"},
            "load_average_before": 0.1,
        },
        "plan": {
            "command": "./run bench <ladder>",
            "seed": 7,
            "repetitions": repetitions,
            "upstream": "redis",
            "own_network": True,
            "peers": False,
            "scale": 1.0,
        },
        "generator": {
            "ceiling_requests_per_second": 150000.0,
            "cpu_us_per_request": 6.4,
            "busy": 0.98,
        },
        "rows": {
            row.name: {"label": row.label, "command": row.command, "stage": row.stage}
            for row in subjects.LADDER
        },
        "scenarios": {
            "ladder": {
                "xs": [None],
                "cells": [[row.name, None, ""] for row in subjects.LADDER],
                "load": "50 clients.",
            }
        },
        "counts": [
            {"scenario": "ladder", "row": "stage4", "x": None, "system_calls_per_request": 3.7}
        ],
        "distributions": [
            {
                "scenario": "ladder",
                "row": "stage4",
                "x": None,
                "kind": "latency",
                "histogram_us": [[100.0, 900], [1000.0, 99], [50000.0, 1]],
            }
        ],
        "runs": [
            run_of(row, speed * (factor if row == "stage3" else 1), repetition)
            for row, speed in rows
            for repetition in range(repetitions)
        ],
    }


def lines_of(text: str, start: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(start))


class File(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.path = f"{self.folder.name}/results.json"

    def tearDown(self) -> None:
        self.folder.cleanup()

    def test_reads_what_was_written(self) -> None:
        results.write(self.path, document())
        self.assertEqual(results.read(self.path), document())

    def test_is_strict(self) -> None:
        bad = document()
        bad["runs"][0]["values"]["p99_us"] = float("nan")
        with self.assertRaises(ValueError):
            results.write(self.path, bad)
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(json.dumps(bad))
        with self.assertRaisesRegex(ValueError, "NaN is no JSON"):
            results.read(self.path)

    def test_another_schema_a_torn_file_and_none_are_said_in_one_line(self) -> None:
        for text in [
            json.dumps(document() | {"schema": 99}),
            json.dumps(document())[:-9],
            "[]",
            "7",
        ]:
            with open(self.path, "w", encoding="utf-8") as file:
                file.write(text)
            with self.assertRaisesRegex(ValueError, "^[^\n]*does not hold results[^\n]*$"):
                results.read(self.path)
        with self.assertRaisesRegex(ValueError, "No such file"):
            results.read("/nowhere/results.json")

    def compare(
        self, old: dict[str, Any], new: dict[str, Any], *options: str
    ) -> subprocess.CompletedProcess[str]:
        paths = []
        for name, document_of in [("old", old), ("new", new)]:
            paths.append(f"{self.folder.name}/{name}.json")
            results.write(paths[-1], document_of)
        command = [sys.executable, COMPARE, *paths, *options]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def test_compare_finds_what_changed_and_nothing_else(self) -> None:
        found = self.compare(document(), document(factor=0.8))
        self.assertEqual(found.returncode, 0, found.stderr)
        self.assertRegex(
            lines_of(found.stdout, "ladder: 3 + keepalive"), r"requests/s +0\.80 .*worse"
        )
        self.assertNotIn("1 naive", found.stdout)
        self.assertIn("1 differ detectably", found.stdout)

    def test_compare_refuses_invalid_results_and_says_what_differs(self) -> None:
        found = self.compare(document() | {"invalid": ["a debug build"]}, document())
        self.assertEqual(found.returncode, 1)
        self.assertIn("is invalid: a debug build", found.stderr)
        other = document()
        other["stamp"]["kernel"] = "Linux 5.0"
        self.assertIn("kernel differs", self.compare(document(), other).stdout)


class Ladder(unittest.TestCase):
    def setUp(self) -> None:
        self.headings, self.lines = tables.ladder(results.scenarios(document())["ladder"])

    def test_figures_are_medians_with_their_gains(self) -> None:
        self.assertEqual(
            self.lines[0],
            ["1 naive", "4,000", "", "", "12.3", "142.1", "1.00", "1.00", "<0.01", "0.25"],
        )
        self.assertRegex(self.lines[1][2], r"^1\.30 \(1\.\d\d-1\.\d\d\)$")
        self.assertRegex(self.lines[4][3], r"^30\.9 \(")

    def test_marks_what_cannot_be_told_apart(self) -> None:
        self.assertRegex(self.lines[3][2], r"^~1\.00 \(")

    def test_says_how_few_runs_there_are(self) -> None:
        def notes(repetitions: int) -> str:
            return " ".join(tables.notes(results.scenarios(document(repetitions))["ladder"]))

        self.assertNotIn("Only", notes(9))
        self.assertIn("Only 7 runs of a row: the intervals are rough", notes(7))
        self.assertIn("Only 3 runs of a row: too few for an interval", notes(3))


class Readme(unittest.TestCase):
    def test_takes_the_table_between_its_marks(self) -> None:
        text = f"before\n{readme.BEGIN}old\n{readme.END}\nafter\n"
        new = readme.expected(text, document())
        self.assertTrue(new.startswith("before\n") and new.endswith("\nafter\n"))
        self.assertIn("| 4 + pipelining | 123,456 |", new)
        self.assertIn("commit 0123abc", new)
        self.assertEqual(readme.expected(new, document()), new)

    def test_has_a_place_for_it(self) -> None:
        with self.assertRaises(ValueError):
            readme.expected("no marks", document())


class Page(unittest.TestCase):
    def test_is_one_file_that_asks_for_nothing(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            report.write(document(), folder)
            with open(f"{folder}/report.html", encoding="utf-8") as file:
                page = file.read()
            self.assertEqual(os.listdir(f"{folder}/distributions"), ["ladder.stage4.latency.hgrm"])
        self.assertNotRegex(page, r"(src|href)=\"(https?:)?//")
        self.assertNotIn("@import", page)
        self.assertIn("./run bench &lt;ladder&gt;", page)
        self.assertIn("<small>predicted &lt; 1</small>", page)
        self.assertNotIn("Invalid", page)
        self.assertEqual(page.count('role="img"'), page.count("<title id="))
        self.assertNotRegex(page, r"@\w+@")

    def test_shows_what_there_is_of_an_incomplete_run(self) -> None:
        cut = document()
        cut["runs"] = [run for run in cut["runs"] if run["row"] != "stage3"]
        page = report.page(cut)
        self.assertIn("Incomplete", page)
        self.assertIn("123,456", page)

    def test_leaves_out_scenarios_that_were_not_begun_or_are_not_known(self) -> None:
        cut = document()
        for name in ["overload", "of a later version"]:
            cut["scenarios"][name] = {"xs": [1], "cells": [], "load": ""}
        cut["runs"].append(cut["runs"][0] | {"scenario": "of a later version", "x": 1})
        with contextlib.redirect_stdout(io.StringIO()) as out:
            terminal.print_all(cut)
        for shown in [out.getvalue(), report.page(cut)]:
            self.assertIn("ladder", shown)
            self.assertNotIn("overload", shown)

    def test_says_loudly_that_results_are_invalid(self) -> None:
        page = report.page(document() | {"invalid": ["3 x wrong reply"]})
        self.assertIn('role="alert"', page)
        self.assertIn("3 x wrong reply", page)


class Stamp(unittest.TestCase):
    def test_what_lies_in_another_repository_has_no_commit(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            if shutil.which("git"):
                subprocess.run(["git", "init", "-q", folder], check=True, capture_output=True)
            os.mkdir(f"{folder}/unpacked")
            found = environment.commit(f"{folder}/unpacked")
        self.assertEqual(found, {"commit": "unknown", "dirty": False})


class Distribution(unittest.TestCase):
    def test_is_what_hdrhistogram_prints(self) -> None:
        text = hgrm.text([[1000.0, 50], [2000.0, 49], [9000.0, 1]])
        lines = text.splitlines()
        self.assertRegex(lines[0], r"^ +Value +Percentile +TotalCount 1/\(1-Percentile\)$")
        self.assertEqual(lines[2].split(), ["1.000", "0.000000000000", "50", "1.00"])
        self.assertEqual(lines[-4].split(), ["9.000", "1.000000000000", "100"])
        self.assertEqual(lines[-2], "#[Max     =        9.000, Total count    =          100]")
        values = [float(line.split()[0]) for line in lines[2:-3]]
        self.assertEqual(values, sorted(values))
        levels = {line.split()[1]: line.split()[0] for line in lines[2:-3]}
        self.assertEqual(levels["0.500000000000"], "1.000")
        self.assertEqual(levels["0.900000000000"], "2.000")


if __name__ == "__main__":
    unittest.main()
