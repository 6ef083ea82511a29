"""Tests of what the suite reads from redis-benchmark."""

import unittest
from typing import Any
from unittest import mock

from suite.scenarios import foreign

HEADING = (
    '"test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms","p95_latency_ms",'
    '"p99_latency_ms","max_latency_ms"\n'
)
RESULT = '"GET key:100","34522.44","0.732","0.296","0.727","0.919","1.047","2.711"\n'


class Parsed(unittest.TestCase):
    def test_reads_rate_and_latency_as_redis_6_2_to_8_print_them(self) -> None:
        found = foreign.parsed(HEADING + RESULT)
        assert found is not None
        self.assertEqual(found["requests_per_second"], 34522.44)
        latency = {name: round(value) for name, value in found["latency_us"].items()}
        self.assertEqual(latency, {"p50": 727, "p99": 1047, "max": 2711})

    def test_columns_are_known_by_their_names(self) -> None:
        found = foreign.parsed('"test","p99_latency_ms","new","rps"\n"GET k","2.5","x","7.00"\n')
        self.assertEqual(found, {"requests_per_second": 7.0, "latency_us": {"p99": 2500.0}})

    def test_reads_the_rate_alone_as_redis_6_0_prints_it(self) -> None:
        words = "WARNING: keepalive disabled, you probably need 'echo 1 > ...'\n"
        found = foreign.parsed(f'{words}"GET key:100","34522.44"\n')
        self.assertEqual(found, {"requests_per_second": 34522.44, "latency_us": {}})

    def test_without_a_result_there_is_none(self) -> None:
        self.assertIsNone(foreign.parsed(""))
        self.assertIsNone(foreign.parsed(HEADING))


class Load(unittest.TestCase):
    def run_with(self, load: foreign.Load, errors: str = "", **options: Any) -> dict[str, Any]:
        """Runs with a redis-benchmark that prints this result, or these errors and no result."""
        printed = ("" if errors else RESULT, errors)
        with mock.patch("suite.scenarios.foreign.generate", return_value=printed) as generate:
            found = foreign.redis_benchmark(mock.Mock(), 7, load, rate=3000, **options)
        self.command = " ".join(generate.call_args.args[0])
        return found

    def test_is_sized_by_the_rate_and_asks_what_our_own_load_asks(self) -> None:
        found = self.run_with(foreign.Load(seconds=0.5))
        self.assertRegex(self.command, "-p 7 -c 50 -n 1500 -k 1 .*GET key:100$")
        self.assertEqual(found["replies_in_all"], 1500)
        self.assertAlmostEqual(found["elapsed_s"], 1500 / 34522.44)

    def test_reconnects_where_the_server_closes(self) -> None:
        self.run_with(foreign.Load(connection="reconnect"), requests=20)
        self.assertRegex(self.command, "-n 20 -k 0 ")

    def test_a_failure_has_the_last_of_its_words(self) -> None:
        with self.assertRaisesRegex(foreign.Failure, "^redis-benchmark: Error: Server closed"):
            self.run_with(
                foreign.Load(), "WARNING: no CONFIG\nError: Server closed the connection\n"
            )


if __name__ == "__main__":
    unittest.main()
