"""Tests of merge.py, with the executables of the build directory in the last argument."""

import json
import math
import os
import random
import subprocess
import sys
import tempfile
import time
import unittest
from collections import Counter
from typing import Any

import merge
from load_report import BUCKET_WIDTH, PERCENTILES, Report, read
from processes import Gateway, start
from waiting import Failure

BUILD = os.path.abspath(sys.argv.pop())
BEGIN = 1_700_000_000
PREFIX = "not what load --json prints: "
NO_HISTOGRAM = "latency_histogram_us is no histogram of these buckets"


def bound(ns: int) -> float:
    """The bound of the bucket of load with this value, in microseconds."""
    left_out = max(ns.bit_length() - 8, 0)
    return (((ns >> left_out) + 1 << left_out) - 1) / 1000


def latencies(samples: list[int]) -> dict[str, Any]:
    """In nanoseconds; both ways of a closed loop."""
    ordered = sorted(samples)
    found = {
        name: ordered[math.ceil(len(samples) * thousandths / 1000) - 1] / 1000
        for name, thousandths in PERCENTILES.items()
    }
    found |= {"max": ordered[-1] / 1000, "mean": sum(samples) / len(samples) / 1000}
    histogram = [list(bucket) for bucket in sorted(Counter(map(bound, samples)).items())]
    kinds = ["latency", "service_time"]
    return {f"{kind}_us": found for kind in kinds} | {
        f"{kind}_histogram_us": histogram for kind in kinds
    }


def report(
    samples: list[int], changes: dict[str, Any] | None = None, late: float = 0, seconds: float = 10
) -> Report:
    """The report of load for ten seconds of closed loop, with these changes."""
    found = {
        "target": "10.0.0.1:7004",
        "connections": 50,
        "pipeline": 1,
        "get_ratio": 1.0,
        "keys": 1000,
        "value_size": 64,
        "connection_use": "reuse",
        "timeout_s": 5.0,
        "idle_connections": 0,
        "rate": None,
        "seed": 1,
        "server_closes": False,
        "requests": len(samples),
        "replies_in_all": len(samples),
        "elapsed_s": seconds,
        "window_begin_unix_s": BEGIN + late,
        "window_end_unix_s": BEGIN + late + seconds,
        "requests_per_second": len(samples) / seconds,
        **latencies(samples),
        "cpu_us_per_request": 0.0,
        "clients_answered": 50,
        "dials": 0,
        "reconnects": 0,
        "errors": 0,
        "errors_by_cause": {},
    }
    return read(json.dumps(found | (changes or {})).encode())


ONE, OTHER = [10**6], [2 * 10**6]


class Merge(unittest.TestCase):
    def assert_refused(self, why: str, *reports: Report) -> None:
        with self.assertRaises(Failure) as caught:
            merge.merge(list(zip("abc", reports)))
        self.assertEqual(str(caught.exception), why)

    def test_is_the_histogram_of_all_samples_together(self) -> None:
        generator = random.Random(1)
        samples = [int(generator.lognormvariate(13, 2)) for _ in range(50_000)]
        exact = latencies(samples)
        for places in [1, 2, 3, 10]:
            parts = [report(samples[place::places]) for place in range(places)]
            whole = merge.merge([(f"place {i}", part) for i, part in enumerate(parts)])
            self.assertEqual(whole["requests"], len(samples))
            for kind in ["latency", "service_time"]:
                name = f"{kind}_histogram_us"
                self.assertEqual(whole[name], exact[name])
            merged, true = whole["latency_us"], exact["latency_us"]
            self.assertEqual(merged["max"], true["max"])
            self.assertAlmostEqual(merged["mean"], true["mean"], delta=0.001)
            for percentile in PERCENTILES:
                self.assertEqual(merged[percentile], bound(round(true[percentile] * 1000)))
                self.assertLess(merged[percentile], true[percentile] * (1 + BUCKET_WIDTH))

    def test_adds_what_is_counted(self) -> None:
        a = report(ONE) | {
            "connections": 10,
            "idle_connections": 1,
            "rate": 100.0,
            "requests": 1000,
            "replies_in_all": 1100,
            "requests_per_second": 100.0,
            "clients_answered": 9,
            "dials": 12,
            "reconnects": 2,
            "cpu_us_per_request": 1000.0,
            "errors": 4,
            "errors_by_cause": {"timeout": 3, "wrong reply": 1},
        }
        b = a | {
            "target": "10.0.0.2:7004",
            "connections": 20,
            "rate": 300.0,
            "seed": 2,
            "requests": 3000,
            "requests_per_second": 300.0,
            "cpu_us_per_request": 5e6 / 3000,
            "errors": 5,
            "errors_by_cause": {"timeout": 4, "closed": 1},
        }
        whole = merge.merge([("a", a), ("b", b)])
        expected = {
            "target": "10.0.0.1:7004, 10.0.0.2:7004",
            "connections": 30,
            "idle_connections": 2,
            "rate": 400,
            "seed": None,
            "requests": 4000,
            "replies_in_all": 2200,
            "clients_answered": 18,
            "dials": 24,
            "reconnects": 4,
            "requests_per_second": 400,
            "cpu_us_per_request": 1500,
            "errors": 9,
            "errors_by_cause": {"closed": 1, "timeout": 7, "wrong reply": 1},
        }
        self.assertEqual({name: whole[name] for name in expected}, expected)
        self.assertEqual(len(whole["places"]), 2)
        place = {name: whole["places"][1][name] for name in ["name", "cores", "errors"]}
        self.assertEqual(place, {"name": "b", "cores": 0.5, "errors": 5})

    def test_takes_the_window_that_all_have_in_common(self) -> None:
        whole = merge.merge([("a", report(ONE)), ("b", report(OTHER, late=0.5))])
        self.assertEqual(whole["window_begin_unix_s"], BEGIN + 0.5)
        self.assertEqual(whole["window_end_unix_s"], BEGIN + 10)
        self.assertEqual(whole["elapsed_s"], 9.5)
        self.assertEqual(whole["requests_per_second"], 0.2)  # each in its own ten seconds

    def test_of_no_sample_are_the_percentiles_zero(self) -> None:
        nothing = dict.fromkeys([*PERCENTILES, "max", "mean"], 0)
        changes = {"latency_us": nothing, "latency_histogram_us": []}
        whole = merge.merge([("a", report(ONE, changes)), ("b", report(OTHER, changes))])
        self.assertEqual(whole["latency_us"], nothing)

    def test_refuses_what_was_not_measured_at_the_same_time(self) -> None:
        together = "b: measured together with those before it for"
        merge.merge([("a", report(ONE)), ("b", report(OTHER, late=1))])
        for late, seconds, words in [
            (1.01, 10, "9.0 s of 10.0 s"),
            (3600, 10, "0.0 s of 10.0 s"),
            (0, 20, "10.0 s of 20.0 s"),
        ]:
            why = f"{together} {words}, which is less than 90 %"
            self.assert_refused(why, report(ONE), report(OTHER, None, late, seconds))

    def test_refuses_another_load_and_names_what_differs(self) -> None:
        for name, value, here, there in [
            ("pipeline", 8, "8", "1"),
            ("get_ratio", 0.5, "0.5", "1.0"),
            ("keys", 7, "7", "1000"),
            ("value_size", 9, "9", "64"),
            ("connection_use", "reconnect", "reconnect", "reuse"),
            ("timeout_s", 1.0, "1.0", "5.0"),
            ("rate", 5.0, "given", "none"),
            ("server_closes", True, "true", "false"),
        ]:
            other = report(OTHER, {name: value})
            self.assert_refused(f"b: {name} is {here}, and in a {there}", report(ONE), other)

    def test_refuses_the_same_run_twice(self) -> None:
        self.assert_refused("c: the same run as in a", report(ONE), report(OTHER), report(ONE))


class Read(unittest.TestCase):
    def test_says_why_it_cannot(self) -> None:
        printed = report(ONE)
        whole = json.dumps(printed)
        for text, why in [
            ("", "no JSON"),
            ("requests 100", "no JSON"),
            (whole[:300], "no JSON"),
            (whole.replace("50", "NaN", 1), "no JSON"),
            ("[]", PREFIX + "no object"),
            (json.dumps(merge.merge([("a", printed)])), "merged already: give its parts"),
            ('{"version": 1}', PREFIX + "no target"),
        ]:
            with self.subTest(text), self.assertRaises(Failure) as caught:
                read(text.encode())
            self.assertEqual(str(caught.exception), why)

    def test_says_which_value_is_not_what_it_has_to_be(self) -> None:
        for name, value, why in [
            ("target", 5, "target is no text"),
            ("requests", -1, "requests is no count"),
            ("elapsed_s", "5", "elapsed_s is no number"),
            ("elapsed_s", 1e300, "elapsed_s is no time"),
            ("server_closes", 0, "server_closes is neither true nor false"),
            ("latency_us", 5, "latency_us are no percentiles"),
            ("latency_histogram_us", [[0.256, 1]], NO_HISTOGRAM),
            ("latency_histogram_us", [[0.002, 1], [0.001, 1]], NO_HISTOGRAM),
            ("latency_histogram_us", [[0.001, 0]], NO_HISTOGRAM),
            ("errors_by_cause", {"timeout": "3"}, "errors_by_cause is no count"),
        ]:
            with self.subTest(name), self.assertRaises(Failure) as caught:
                report(ONE, {name: value})
            self.assertEqual(str(caught.exception), PREFIX + why)


class Program(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def merge(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, merge.__file__, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def file(self, name: str, content: str) -> str:
        with open(f"{self.folder}/{name}", "w", encoding="utf-8") as file:
            file.write(content)
        return file.name

    def test_makes_one_report_of_two_loads_that_start_together(self) -> None:
        with open(f"{self.folder}/log", "w", encoding="utf-8") as log:
            origin = Gateway(f"{BUILD}/common/origin/origin", [], log)
        self.addCleanup(origin.close)
        command = [f"{BUILD}/bench/load/load", "--target", f"127.0.0.1:{origin.port}", "--json"]
        command += ["--warmup", "100ms", "--duration", "3s", "--start-at"]
        for ahead in [4, 10, 20]:  # A late one prints nothing, or shares too little with the other.
            both = [*command, f"{time.time() + ahead:.3f}", "--seed"]
            loads = [start([*both, seed], stdout=subprocess.PIPE, text=True) for seed in "12"]
            printed = [load.communicate()[0] for load in loads]
            files = [self.file(f"{i}.json", text) for i, text in enumerate(printed)]
            found = self.merge(*files, "--json", "--hgrm", f"{self.folder}/both.hgrm")
            if all(printed) and "measured together" not in found.stderr:
                break
        self.assertEqual(found.returncode, 0, found.stderr)
        whole = json.loads(found.stdout)
        self.assertEqual(whole["connections"], 100)
        self.assertEqual(whole["requests"], sum(json.loads(text)["requests"] for text in printed))
        self.assertEqual(whole["places"][1]["name"], files[1])
        with open(f"{self.folder}/both.hgrm", encoding="ascii") as hgrm:
            self.assertIn("Total count", hgrm.read())
        told = self.merge(*files)
        self.assertEqual(told.returncode, 0)
        self.assertIn("places      2, all of them for ", told.stdout)

    def test_an_error_at_a_place_is_one_of_the_whole(self) -> None:
        bad = report(ONE, {"errors": 2, "errors_by_cause": {"timeout": 2}})
        found = self.merge(self.file("bad.json", json.dumps(bad)))
        self.assertEqual(found.returncode, 1)
        self.assertTrue(found.stdout.endswith("errors      2\n  2  timeout\n"))

    def test_says_in_one_line_what_it_cannot_use(self) -> None:
        empty = self.file("empty.json", "")
        other = self.file("other.json", '{"context": {}}')
        silent = report(ONE, {"latency_histogram_us": []})
        silent_file = self.file("silent.json", json.dumps(silent))
        cases: list[tuple[list[str], int, str]] = [
            ([], 2, "FILE (see merge.py --help)"),
            (["--nonsense", other], 2, "--nonsense"),
            (
                [f"{self.folder}/none.json"],
                1,
                f"{self.folder}/none.json: No such file or directory",
            ),
            ([self.folder], 1, f"{self.folder}: Is a directory"),
            ([empty], 1, f"{empty}: no JSON"),
            ([other], 1, f"{other}: {PREFIX}no target"),
            ([silent_file, "--hgrm", "some"], 1, "some: not written: there was no reply"),
        ]
        for arguments, code, words in cases:
            found = self.merge(*arguments)
            self.assertEqual(found.returncode, code)
            self.assertRegex(found.stderr, r"^merge: [^\n]*\n$")
            self.assertIn(words, found.stderr)


if __name__ == "__main__":
    unittest.main()
