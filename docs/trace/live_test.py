"""Records each stage, with the programs of the build directory in the last argument, and holds what
it sees to the ledger. Ends with 77 if it may not trace, or there is no strace."""

import shutil
import subprocess
import sys
import unittest
from collections import Counter
from typing import Any

from docs.trace import record, recording
from suite import namespace

BUILD = sys.argv[-1]
SKIPPED = 77
SENDS = {"sendto", "write", "writev"}


class Live(unittest.TestCase):
    def record(self, stage: int, at_once: int = 1) -> tuple[dict[str, Any], dict[str, Any]]:
        found = record.record(stage, BUILD, at_once)
        self.assert_causes_come_first(found)
        return found, recording.counts(found)

    def assert_causes_come_first(self, found: dict[str, Any]) -> None:
        """What is received was sent before: a call, a packet, a call."""
        sent: set[tuple[str, str]] = set()
        arrived: set[tuple[str, str]] = set()
        for event in found["events"]:
            if recording.is_packet(event) and event["length"]:
                self.assertIn((event["from"], event["to"]), sent)
                arrived.add((event["from"], event["to"]))
            elif event.get("call") in SENDS:
                sent.add((event["lane"], event["socket"]))
            elif (
                event.get("call") == "recvfrom" and "bytes" in event["result"] and found["packets"]
            ):
                self.assertIn((event["socket"], event["lane"]), arrived)
        ways = {("client", "gateway"), ("gateway", "upstream")}
        self.assertEqual(sent, ways | {(lower, upper) for upper, lower in ways})

    def calls(self, found: dict[str, Any], lane: str = "gateway") -> list[dict[str, Any]]:
        return [event for event in found["events"] if event.get("lane") == lane]

    def works(self, found: dict[str, Any]) -> Counter[tuple[str, str, str]]:
        """How often the gateway read from, and wrote to, whom: what came of it, too."""
        done = [event for event in self.calls(found) if "text" in event and "socket" in event]
        return Counter((event["call"], event["socket"], event["text"]) for event in done)

    def assert_flags(self, found: dict[str, Any], flag: str, count: int) -> None:
        if found["packets"]:
            flags = [event["flags"] for event in found["events"] if recording.is_packet(event)]
            self.assertEqual(sum(flag in each for each in flags), count)

    def test_stage_1_accepts_starts_a_thread_and_dials(self) -> None:
        found, cost = self.record(1)
        self.assertEqual((cost["accepts"], cost["threads"], cost["dials"]), (1, 1, 1))
        names = [event["call"] for event in self.calls(found)]
        self.assertEqual((names.count("exit"), names.count("close")), (1, 2))
        self.assert_flags(found, "SYN", 4)
        self.assert_flags(found, "FIN", 4)

    def test_stage_2_finds_its_upstream_connected(self) -> None:
        found, cost = self.record(2)
        self.assertEqual((cost["accepts"], cost["threads"], cost["dials"]), (1, 1, 0))
        self.assertNotIn("accept", [event["call"] for event in self.calls(found, "upstream")])
        self.assert_flags(found, "SYN", 2)
        self.assert_flags(found, "FIN", 2)

    def test_stage_3_finds_its_client_connected_and_the_thread_waiting(self) -> None:
        found, cost = self.record(3)
        self.assertEqual((cost["accepts"], cost["threads"], cost["dials"]), (0, 0, 0))
        names = [event["call"] for event in self.calls(found)]
        self.assertFalse({"close", "exit", "epoll_wait", "epoll_pwait"} & set(names))
        self.assert_flags(found, "SYN", 0)
        self.assert_flags(found, "FIN", 0)

    def test_stage_4_wakes_one_worker(self) -> None:
        found, cost = self.record(4)
        self.assertEqual((cost["accepts"], cost["threads"], cost["dials"]), (0, 0, 0))
        first = self.calls(found)[0]
        self.assertIn(first["call"], {"epoll_wait", "epoll_pwait"})
        self.assertEqual({event["thread"] for event in self.calls(found)}, {2})
        self.assert_flags(found, "SYN", 0)
        self.assert_flags(found, "FIN", 0)

    def test_stage_4_handles_together_what_arrives_together(self) -> None:
        found, cost = self.record(4, at_once=4)
        self.assertEqual((cost["accepts"], cost["threads"], cost["dials"]), (0, 0, 0))
        works = self.works(found)
        self.assertEqual(works["sendto", "upstream", "4 GET"], 1)
        self.assertEqual(works["recvfrom", "upstream", "4 replies"], 1)
        self.assertEqual(works["recvfrom", "client", "GET"], 4)
        self.assertEqual(works["sendto", "client", "reply"], 4)

    def test_stage_3_handles_each_by_itself(self) -> None:
        found, cost = self.record(3, at_once=4)
        # Dials are not counted: how many connections four at once take depends on their timing.
        self.assertEqual((cost["accepts"], cost["threads"]), (0, 0))
        works = self.works(found)
        self.assertEqual(works["sendto", "upstream", "GET"], 4)
        self.assertEqual(works["recvfrom", "upstream", "reply"], 4)


def may_trace() -> bool:
    trial = ["strace", "-f", "-o", "/dev/null", "true"]
    return subprocess.run(trial, check=False).returncode == 0


if __name__ == "__main__":
    if not shutil.which("strace"):
        print("skipped: there is no strace")
        sys.exit(SKIPPED)
    if not may_trace():
        print("skipped: nobody may trace here")
        sys.exit(SKIPPED)
    namespace.enter()
    unittest.main(argv=sys.argv[:-1])
