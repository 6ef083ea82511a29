"""Holds the repository to what its pages say of it: few lines to read, and tests behind promises."""

import difflib
import itertools
import os
import pathlib
import re
import unittest

from docs.site import reading

ROOT = pathlib.Path(__file__).resolve().parents[2]
# What changes between two neighbours is the lesson: it has to stay short enough to read.
MOST_CHANGES = [30, 40, 80]


def changed(one: str, other: str) -> int:
    """How many lines differ, of either."""
    left, right = (
        (ROOT / stage / "server.cpp").read_text(encoding="utf-8").splitlines()
        for stage in [one, other]
    )
    return sum(line[:2] in ("- ", "+ ") for line in difflib.ndiff(left, right))


class Staircase(unittest.TestCase):
    def test_each_server_changes_few_lines_of_the_one_before(self) -> None:
        for (one, other), most in zip(itertools.pairwise(reading.STAGES), MOST_CHANGES):
            self.assertIn(changed(one, other), range(1, most), f"{one}, {other}")


class Reading(unittest.TestCase):
    UPDATE = "python3 -m docs.site.reading --update"

    def setUp(self) -> None:
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(ROOT)

    def test_each_readme_lists_what_its_reader_reads(self) -> None:
        for order in reading.reading_orders():
            self.assertEqual(list(order.lacks()), [])
            self.assertEqual(order.text, order.updated(), self.UPDATE)

    def test_a_file_that_comes_and_one_that_goes_are_noticed(self) -> None:
        stage, added = reading.STAGES[2], dict(reading.steps()[reading.STAGES[2]])
        del added[f"{stage}/keepalive_listener.cpp"]
        added[f"{stage}/new.hpp"] = 1000
        order = reading.ReadingOrder(stage, added)
        lacks = list(order.lacks())
        self.assertEqual(len(lacks), 2, lacks)
        self.assertIn(f"{stage}/keepalive_listener.cpp is listed", lacks[0])
        self.assertIn(f"{stage}/new.hpp is in 0 rows", lacks[1])
        self.assertIn(f"{sum(added.values()):,} lines in 7 files", order.updated())

    def test_there_is_no_more_of_it_than_agreed(self) -> None:
        found = {stage: sum(added.values()) for stage, added in reading.steps().items()}
        found["bench"] = reading.bench_lines()
        for name, count in found.items():
            self.assertLessEqual(count, reading.MOST_LINES[name], name)


class Options(unittest.TestCase):
    DECLARED = re.compile(r'\b(?:app\.)?add_\w+\((?:app, )?"(--[a-z-]+)"')

    def test_each_is_explained_in_a_page(self) -> None:
        sources = [ROOT / "common/operations/command_line.cpp"]
        pages = []
        for stage in reading.STAGES:
            sources += (ROOT / stage).glob("*.cpp")
            pages.append(ROOT / stage / "README.md")
        # What is in Troubleshooting alone, nobody finds before there is trouble.
        pages += set((ROOT / "docs/pages").glob("*.md")) - {ROOT / "docs/pages/troubleshooting.md"}
        declared, named = (
            set(
                itertools.chain(*(find.findall(path.read_text(encoding="utf-8")) for path in paths))
            )
            for find, paths in [
                (self.DECLARED, [path for path in sources if "_test" not in path.name]),
                (re.compile(r"--[a-z][a-z-]+"), pages),
            ]
        )
        self.assertGreater(len(declared), 30)
        self.assertEqual(declared - named, set())


class Promises(unittest.TestCase):
    def test_they_are_shown_by_tests_that_exist(self) -> None:
        tests = set()
        for folder in ["bench", "common", *reading.STAGES]:
            for path in (ROOT / folder).rglob("*_test.cpp"):
                text = path.read_text(encoding="utf-8")
                tests |= set(re.findall(r"\bTEST(?:_P|_F)?\((\w+),\s*(\w+)\)", text))
        promises = (ROOT / "docs/pages/promises.md").read_text(encoding="utf-8")
        named = set(re.findall(r"`(\w+)\.(\w+)`", promises))
        self.assertGreater(len(named), 40)
        self.assertEqual(named - tests, set())


if __name__ == "__main__":
    unittest.main()
