"""Tests of the file of results, of its comparison, and of the stamp."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
from typing import Any

from suite import environment, results
from suite.sample import sample

COMPARE = pathlib.Path(__file__).parents[1] / "compare.py"


class File(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.path = self.folder / "results.json"

    def test_reads_what_was_written(self) -> None:
        results.write(self.path, sample())
        self.assertEqual(results.read(self.path), sample())

    def test_reads_what_rows_were_called_once(self) -> None:
        old = sample()
        old["rows"]["stage3"]["label"] = "3 + keepalive"
        results.write(self.path, old)
        self.assertEqual(results.read(self.path), sample())

    def test_is_strict(self) -> None:
        bad = sample()
        bad["runs"][0]["values"]["p99_us"] = float("nan")
        with self.assertRaises(ValueError):
            results.write(self.path, bad)

    def test_what_is_none_is_said_in_one_line(self) -> None:
        text = json.dumps(sample())
        for torn, words in {
            text.replace("12345.6", "NaN"): "NaN is no JSON",
            json.dumps(sample() | {"schema": 99}): "schema 99",
            text[:-9]: "",
            "[]": "",
            "7": "",
        }.items():
            self.path.write_text(torn, encoding="utf-8")
            with self.assertRaisesRegex(
                ValueError, f"^[^\n]*does not hold results[^\n]*{words}[^\n]*$"
            ):
                results.read(self.path)
        with self.assertRaisesRegex(ValueError, "No such file"):
            results.read("/nowhere/results.json")

    def compare(self, old: dict[str, Any], new: dict[str, Any]) -> subprocess.CompletedProcess[str]:
        paths = [self.folder / name for name in ["old.json", "new.json"]]
        for path, document in zip(paths, [old, new]):
            results.write(path, document)
        command = [sys.executable, str(COMPARE), *map(str, paths)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def test_compare_finds_what_changed_and_nothing_else(self) -> None:
        found = self.compare(sample(), sample(stage3=20800 * 0.8))
        self.assertEqual(found.returncode, 0, found.stderr)
        self.assertRegex(found.stdout, r"ladder: 3 \+ kept clients +requests/s +0\.80 .*worse")
        self.assertNotIn("1 naive", found.stdout)
        self.assertIn("1 differ detectably", found.stdout)

    def test_compare_refuses_invalid_results_and_says_what_differs(self) -> None:
        found = self.compare(sample() | {"invalid": ["a debug build"]}, sample())
        self.assertEqual(found.returncode, 1)
        self.assertIn("is invalid: a debug build", found.stderr)
        other = sample()
        other["stamp"]["kernel"] = "Linux 5.0"
        self.assertIn("kernel differs", self.compare(sample(), other).stdout)


class Stamp(unittest.TestCase):
    def test_what_lies_in_another_repository_has_no_commit(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            if shutil.which("git"):
                subprocess.run(["git", "init", "-q", folder], check=True, capture_output=True)
            os.mkdir(f"{folder}/unpacked")
            found = environment.commit(f"{folder}/unpacked")
        self.assertEqual(found, {"commit": "unknown", "dirty": False})


if __name__ == "__main__":
    unittest.main()
