"""Tests of tell_skipped.py."""

import os
import subprocess
import sys
import tempfile
import unittest

import tell_skipped

GTEST = """[ RUN      ] Some.Test
/somewhere/some_test.cpp:23: Skipped
network namespaces are not permitted here: unshare: Operation not permitted

[  SKIPPED ] Some.Test (0 ms)
"""
SUMMARY = b"100% tests passed, 0 tests failed out of 2\n\nTotal Test time (real) = 1 sec\n"


class Reason(unittest.TestCase):
    def test_those_of_one_kind_are_one(self) -> None:
        trap = "a_trap: words\nskipped: not permitted here: unshare: Operation not permitted\n"
        self.assertEqual(tell_skipped.reason(GTEST), tell_skipped.reason(trap))
        self.assertIn("--privileged", tell_skipped.reason(trap))

    def test_any_other_is_told_as_it_is(self) -> None:
        self.assertEqual(tell_skipped.reason("skipped: no haproxy here\n"), "no haproxy here")
        self.assertEqual(tell_skipped.reason(""), "no reason given")


class Filter(unittest.TestCase):
    def tell(self, tests: str | None, printed: bytes) -> bytes:
        """The output for these elements of a JUnit file."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "tests.xml")
            if tests is not None:
                with open(path, "w", encoding="utf-8") as file:
                    file.write(f"<testsuite>{tests}</testsuite>")
            command = [sys.executable, tell_skipped.__file__, path]
            return subprocess.run(command, input=printed, capture_output=True, check=True).stdout

    def test_the_line_comes_before_the_summary(self) -> None:
        tests = "".join(
            f'<testcase><skipped message="SKIP_X"/><system-out>{output}</system-out></testcase>'
            for output in [GTEST, "skipped: no haproxy here", GTEST]
        )
        found = self.tell(tests, b"1/2 Test #1 \xff\n" + SUMMARY)
        self.assertTrue(found.startswith(b"1/2 Test #1 \xff\n3 skipped: 2, no namespaces"), found)
        self.assertTrue(found.endswith(b"; 1, no haproxy here.\n\n" + SUMMARY), found)

    def test_what_did_not_run_for_another_cause_is_not_skipped(self) -> None:
        tests = '<testcase><skipped message="Unable to find executable"/></testcase><testcase/>'
        self.assertEqual(self.tell(tests, SUMMARY), SUMMARY)

    def test_without_a_file_nothing_is_added(self) -> None:
        self.assertEqual(self.tell(None, b"it ended early\n"), b"it ended early\n")


if __name__ == "__main__":
    unittest.main()
