"""Tests of soak.py, with the executables of the build directory in the last argument."""

import os
import signal
import subprocess
import sys
import tempfile
import unittest

from processes import LAWS, check_laws
from soak import STAGES, check_replies
from suite import evidence
from waiting import Failure, poll_until

SOAK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "soak.py")
BUILD = os.path.abspath(sys.argv.pop())


def soak(build: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, SOAK, build, *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


class Soak(unittest.TestCase):
    def test_a_short_one_passes_and_sums_up_each_stage(self) -> None:
        found = soak(BUILD, "3", "--seed", "1")
        self.assertEqual(found.returncode, 0, found.stderr)
        self.assertIn("--seed 1", found.stdout)
        for stage in STAGES:
            self.assertIn(f"\n{stage} ", found.stdout)

    def test_names_a_stage_that_does_not_start(self) -> None:
        with tempfile.TemporaryDirectory() as build:
            os.symlink(os.path.join(BUILD, "bench"), os.path.join(build, "bench"))
            for stage in STAGES:
                os.mkdir(os.path.join(build, stage))
                os.symlink("/bin/false", os.path.join(build, stage, stage))
            found = soak(build, "1")
        self.assertEqual(found.returncode, 1)
        for stage in STAGES:
            self.assertIn(f"soak: {stage}: it did not start", found.stderr)

    def test_ctrl_c_ends_it_and_all_that_it_started(self) -> None:
        process = subprocess.Popen(
            [sys.executable, SOAK, BUILD, "600"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        # Of each stage an upstream, a gateway and two generators.
        started = poll_until(lambda: len(evidence.family(process.pid)) > 4 * len(STAGES))
        family = evidence.family(process.pid)
        os.killpg(process.pid, signal.SIGINT)
        errors = process.communicate(timeout=60)[1]
        self.assertTrue(started)
        gone = poll_until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in family))
        self.assertTrue(gone)
        self.assertEqual((process.returncode, errors), (130, "soak: interrupted\n"))

    def test_a_wrong_reply_fails_it_and_the_error_of_a_fault_does_not(self) -> None:
        check_replies({"replies": 1, "error reply: -ERR upstream cannot be reached": 9})
        for cause in ["wrong reply", "malformed reply", "closed within a reply", "timeout"]:
            with self.assertRaisesRegex(Failure, f"1 {cause}"):
                check_replies({"replies": 1, cause: 1})
        with self.assertRaisesRegex(Failure, "no reply"):
            check_replies({"replies": 0})

    def test_counters_that_break_a_law_fail_it(self) -> None:
        counters = {part: 1 for parts in LAWS.values() for part in parts}
        counters |= {whole: len(parts) for whole, parts in LAWS.items()}
        check_laws(counters)
        for name in counters:
            with self.assertRaises(Failure):
                check_laws(counters | {name: 7})


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="with a space ") as temporary:
        os.environ["TMPDIR"] = temporary  # Of what is tested.
        unittest.main()
