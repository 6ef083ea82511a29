"""Tests of the suite as a whole, with the programs of the build directory in the last argument."""

import filecmp
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from typing import Any

from suite import results
from suite.scenarios import ALL

BENCH = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.abspath(sys.argv.pop())


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "suite", "--build", BUILD, *arguments]
    variables = os.environ | {"PYTHONPATH": BENCH, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        command, env=variables, cwd=f"{BENCH}/..", capture_output=True, text=True, check=False
    )


class Suite(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.out = ["--out", self.folder.name, "--repetitions", "1", "--scale", "0.1"]

    def tearDown(self) -> None:
        self.folder.cleanup()

    def results(self) -> dict[str, Any]:
        return results.read(f"{self.folder.name}/results.json")

    def assert_refused(
        self, found: subprocess.CompletedProcess[str], code: int, words: str
    ) -> None:
        self.assertEqual(found.returncode, code, found.stderr)
        self.assertRegex(found.stderr, f"^bench: [^\n]*{words}[^\n]*\n$")

    def test_lists_each_scenario_with_its_question(self) -> None:
        found = bench("--list")
        self.assertEqual(found.returncode, 0)
        self.assertEqual([line.split()[0] for line in found.stdout.splitlines()], list(ALL))

    def test_every_scenario_runs_and_is_answered(self) -> None:
        found = bench(*ALL, *self.out)
        self.assertEqual(found.returncode, 0, found.stderr)
        document = self.results()
        self.assertEqual(document["invalid"], [])
        self.assertNotIn("Incomplete", found.stdout)
        measured = results.scenarios(document)
        # Without networks of our own there are no dead peers to watch.
        self.assertGreaterEqual(set(measured), set(ALL) - {"deadpeers"})

        ladder = measured["ladder"]
        for counter in ["accepts", "threads_started", "dials", "upstream_writes"]:
            self.assertEqual(ladder.median("stage1", f"{counter}_per_request"), 1, counter)
        if document["plan"]["own_network"]:
            self.assertAlmostEqual(ladder.median("stage1", "active_opens_per_request"), 2, 1)
        # redis-benchmark reconnects only if it has to.
        self.assertGreater(measured["foreign"].median("stage2", "accepts_per_request"), 0.9)
        self.assertLess(measured["foreign"].median("stage3", "accepts_per_request"), 0.5)
        channel = measured["channel"]
        for client in channel.xs():
            started = "threads_started_per_request"
            self.assertGreater(channel.median("stage3", started, client), 0.9)
            for row in ["fed_50", "literal_50", "listeners"]:
                self.assertEqual(channel.median(row, started, client), 0, row)
            if os.cpu_count() != 1:  # All listeners serve.
                self.assertLess(channel.median("listeners", "busiest_listener", client), 0.9)
        starvation = measured["starvation"]
        idle = os.cpu_count()
        busy = starvation.facts["busy_clients"]
        self.assertEqual(starvation.median("stage4", "clients_answered", idle), busy)
        self.assertEqual(starvation.median("literal", "clients_answered", idle), 0)
        for name in ["report.html", "distributions/ladder.stage4.latency.hgrm"]:
            self.assertTrue(os.path.exists(f"{self.folder.name}/{name}"), name)

    def test_an_interrupted_run_takes_the_place_of_no_valid_one(self) -> None:
        kept = f"{self.folder.name}/results.json"
        shutil.copy(f"{BENCH}/results/reference.json", kept)
        command = [sys.executable, "-m", "suite", "--build", BUILD, "--out", self.folder.name]
        variables = os.environ | {"PYTHONPATH": BENCH}
        with subprocess.Popen(
            [*command, "--scale", "0.1", "--repetitions", "1000"],
            env=variables,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            assert process.stderr is not None
            runs = (line for line in process.stderr if "ladder: system calls" in line)
            self.assertTrue(next(runs, None))
            os.killpg(process.pid, signal.SIGINT)
            process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1)
        self.assertTrue(filecmp.cmp(kept, f"{BENCH}/results/reference.json", shallow=False))
        found = results.read(f"{self.folder.name}/invalid/results.json")
        self.assertEqual(found["invalid"][-1], "interrupted before the end")

    def test_a_program_of_ones_own_is_tried_and_then_measured(self) -> None:
        program = "{build}/stage4_workers/stage4_workers --listen {listen} --upstream {upstream}"
        found = bench("ladder", *self.out, "--also", f"mine={program.replace('{build}', BUILD)}")
        self.assertEqual(found.returncode, 0, found.stderr)
        self.assertIn("mine", [row["label"] for row in self.results()["rows"].values()])

    def test_a_program_that_answers_wrong_is_not_measured(self) -> None:
        server = f"{BUILD}/bench/peers/bare_epoll --listen {{listen}}"  # forwards nothing
        found = bench("ladder", *self.out, "--also", f"wrong={server}")
        self.assertEqual(found.returncode, 1)
        self.assertIn("bench: wrong does not pass ./run contract", found.stderr)

    def test_results_of_a_build_unfit_to_measure_are_refused(self) -> None:
        with open(f"{self.folder.name}/CMakeCache.txt", "w", encoding="ascii") as cache:
            cache.write("CMAKE_BUILD_TYPE:STRING=Debug\n")
        self.assert_refused(bench("--build", self.folder.name), 1, "built as Debug")

    def test_without_what_draws_charts_nothing_is_measured(self) -> None:
        with open(f"{self.folder.name}/matplotlib.py", "w", encoding="ascii") as module:
            module.write("raise ImportError('No module named matplotlib')\n")
        command = [sys.executable, "-m", "suite", "--build", BUILD, *self.out]
        variables = os.environ | {"PYTHONPATH": f"{BENCH}:{self.folder.name}"}
        found = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
        self.assert_refused(found, 1, "no charts can be drawn: No module named matplotlib")

    def test_bad_options_are_named_in_one_line(self) -> None:
        self.assert_refused(bench("nonsense"), 2, "no scenario 'nonsense'")
        self.assert_refused(bench("--also", "x"), 2, "--also: 'x' is not NAME=COMMAND")
        self.assert_refused(bench("--also", "x=y"), 2, "--also: .*{listen}")
        self.assert_refused(bench("--upstream", "mars"), 2, "--upstream: 'mars'")
        self.assert_refused(bench("--repetitions", "0"), 2, "--repetitions")
        self.assert_refused(bench("--show", "/nowhere"), 1, "/nowhere: No such file")

    def test_a_folder_that_cannot_be_written_is_named_in_one_line(self) -> None:
        shown = ["--show", f"{BENCH}/results/reference.json"]
        self.assert_refused(bench(*shown, "--out", "/proc/nowhere"), 1, "/proc/nowhere")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="with a space ") as temporary:
        os.environ["TMPDIR"] = temporary  # Of what is tested.
        unittest.main()
