"""Holds the repository to what its pages say of it: few lines to read, and tests behind promises."""

import difflib
import itertools
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
