"""Tests of what is shown of results: tables, the README, the page, distributions."""

import contextlib
import io
import os
import tempfile
import unittest

from suite import hgrm, readme, report, results, tables, terminal
from suite.sample import sample


class Ladder(unittest.TestCase):
    def setUp(self) -> None:
        self.headings, self.lines = tables.ladder(results.scenarios(sample())["ladder"])

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
            return " ".join(tables.notes(results.scenarios(sample(repetitions))["ladder"]))

        self.assertNotIn("Only", notes(9))
        self.assertIn("Only 7 runs of a row: the intervals are rough", notes(7))
        self.assertIn("Only 3 runs of a row: too few for an interval", notes(3))


class Readme(unittest.TestCase):
    def test_takes_the_table_between_its_marks(self) -> None:
        text = f"before\n{readme.BEGIN}old\n{readme.END}\nafter\n"
        new = readme.expected(text, sample())
        self.assertTrue(new.startswith("before\n") and new.endswith("\nafter\n"))
        self.assertIn("| 4 + pipelining | 123,456 |", new)
        self.assertIn("commit 0123abc", new)
        self.assertEqual(readme.expected(new, sample()), new)

    def test_has_a_place_for_it(self) -> None:
        with self.assertRaises(ValueError):
            readme.expected("no marks", sample())


class Page(unittest.TestCase):
    def test_is_one_file_that_asks_for_nothing(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            report.write(sample(), folder)
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
        cut = sample()
        cut["runs"] = [run for run in cut["runs"] if run["row"] != "stage3"]
        page = report.page(cut)
        self.assertIn("Incomplete", page)
        self.assertIn("123,456", page)

    def test_leaves_out_scenarios_that_were_not_begun_or_are_not_known(self) -> None:
        cut = sample()
        for name in ["overload", "of a later version"]:
            cut["scenarios"][name] = {"xs": [1], "cells": [], "load": ""}
        cut["runs"].append(cut["runs"][0] | {"scenario": "of a later version", "x": 1})
        with contextlib.redirect_stdout(io.StringIO()) as out:
            terminal.print_all(cut)
        for shown in [out.getvalue(), report.page(cut)]:
            self.assertIn("ladder", shown)
            self.assertNotIn("overload", shown)

    def test_says_loudly_that_results_are_invalid(self) -> None:
        page = report.page(sample() | {"invalid": ["3 x wrong reply"]})
        self.assertIn('role="alert"', page)
        self.assertIn("3 x wrong reply", page)


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
