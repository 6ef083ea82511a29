"""The lab with its real stages: each action, and its effect, counted."""

import asyncio
import os
import signal
import sys
import unittest
from typing import Any
from unittest.mock import patch

from lab import rules
from lab.clients import IDLE
from lab.lab import BURST, Lab
from lab.rules import Refused

BUILD = sys.argv.pop() if len(sys.argv) > 1 and "/" in sys.argv[-1] else "build/release"
TIMEOUT = "error reply: -ERR upstream did not reply within --request-timeout"
UNREACHABLE = "-ERR upstream c"  # "cannot be reached" or "closed the connection …"


@patch("lab.slice.TIMEOUT_SECONDS", 5)  # The stages' own are shorter, and come first.
class WithLab(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.lab = Lab(BUILD, "origin", self.told.append)
        await self.lab.start()

    async def asyncTearDown(self) -> None:
        processes = [stage.process for stage in self.lab.stages.values()]
        await self.lab.close()
        for process in processes:
            self.assertIsNotNone(process is None or process.returncode)

    async def rounds(self) -> dict[int, dict[str, Any]]:
        """What each stage did in one more round."""
        await self.lab.round()
        return {number: slices[-1] for number, slices in self.lab.history.items() if slices}

    async def clean_round(self) -> dict[int, dict[str, Any]]:
        """One in which each stage answers everything, soon."""
        for _ in range(10):
            found = await self.rounds()
            if all(slice["answered"] and not slice["errors"] for slice in found.values()):
                return found
        self.fail(f"each round has errors: {found}")

    def pids(self) -> list[int]:
        return [stage.process.pid for stage in self.lab.stages.values() if stage.process]

    async def act(self, action: str, value: object = True) -> None:
        await self.lab.act(action, value)

    async def option(self, stage: int, name: str, value: str) -> None:
        await self.act("option", {"stage": stage, "name": name, "value": value})

    async def test_a_round_shows_what_the_chapters_predict(self) -> None:
        found = await self.clean_round()
        self.assertEqual(found[1]["ledger"]["accepted"], 1)
        self.assertEqual(found[1]["ledger"]["dials"], 1)
        self.assertEqual(found[2]["ledger"]["accepted"], 1)
        self.assertLess(found[2]["ledger"]["dials"], 0.5)
        for number in [3, 4]:
            self.assertLess(found[number]["ledger"]["accepted"], 0.5)
        self.assertEqual(found[3]["ledger"]["writes"], 1)
        self.assertLess(found[4]["ledger"]["writes"], 1)

    async def test_literal_workers_and_idle_clients_starve_whoever_asks(self) -> None:
        await self.option(4, "worker", "literal")
        self.assertEqual(self.lab.stages[4].command, "./run stage 4 --worker literal")
        await self.act("idle", True)
        self.assertEqual((await self.rounds())[4]["answered"], 0)
        self.assertLess(self.lab.clients[4].answered, IDLE)
        await self.option(4, "worker", "event")
        self.assertGreater((await self.rounds())[4]["answered"], 0)
        self.assertEqual(self.lab.clients[4].answered, IDLE)
        await self.act("idle", False)
        self.assertEqual(self.lab.clients[4].answered, 0)

    async def test_one_request_a_connection_takes_stage_3_back(self) -> None:
        await self.option(3, "requests", "1")
        found = await self.clean_round()
        self.assertEqual(found[3]["ledger"]["accepted"], 1)
        self.assertLess(found[4]["ledger"]["accepted"], 0.5)

    async def test_clients_that_reconnect_do_so_at_every_stage(self) -> None:
        await self.act("load", {"connection": "reconnect"})
        for number, slice in (await self.clean_round()).items():
            self.assertGreater(slice["ledger"]["accepted"], 0.5, number)

    async def test_depth_one_is_a_write_a_request(self) -> None:
        await self.option(4, "depth", "1")
        self.assertEqual((await self.clean_round())[4]["ledger"]["writes"], 1)

    async def test_a_frozen_upstream_is_an_error_by_name_and_then_no_more(self) -> None:
        pids = self.pids()
        await self.act("freeze")
        for number, slice in (await self.rounds()).items():
            self.assertIn(TIMEOUT, slice["errors"], number)
        await self.clean_round()
        self.assertEqual(self.pids(), pids)

    async def test_a_killed_upstream_comes_back_and_no_stage_is_started_anew(self) -> None:
        pids = self.pids()
        await self.act("kill")
        for number, slice in (await self.rounds()).items():
            self.assertTrue(any(UNREACHABLE in cause for cause in slice["errors"]), number)
        await self.clean_round()
        self.assertEqual(self.pids(), pids)

    async def test_a_slow_upstream_is_at_every_stage(self) -> None:
        await self.act("delay", 50)
        for number, slice in (await self.clean_round()).items():
            self.assertGreaterEqual(slice["p50_us"], 50_000, number)

    async def test_all_at_once_takes_an_open_loop(self) -> None:
        with self.assertRaisesRegex(Refused, "open loop"):
            await self.act("all_at_once", True)
        await self.act("load", {"loop": "open", "rate": 200})
        await self.act("all_at_once", True)
        for number, slice in (await self.rounds()).items():
            self.assertGreater(slice["answered"], 0, number)
        with self.assertRaisesRegex(Refused, "open loop"):
            await self.act("load", {"loop": "closed"})

    async def test_a_burst_is_told_of_each_stage(self) -> None:
        await self.act("burst")
        told = [entry for entry in self.lab.log_lines if f"burst of {BURST:,}" in entry["words"]]
        self.assertEqual([entry["stage"] for entry in told], [1, 2, 3, 4])

    async def test_slow_readers_keep_nobody_from_being_served(self) -> None:
        await self.act("slow", True)
        await self.clean_round()  # at first the upstream has all their replies to send

    async def test_a_stage_that_is_killed_from_outside_can_be_started_again(self) -> None:
        stage = self.lab.stages[3]
        assert stage.process is not None
        os.kill(stage.process.pid, signal.SIGKILL)
        async with asyncio.timeout(20):
            while stage.runs:
                await asyncio.sleep(0.01)
        self.assertEqual(self.lab.state()["stages"][3]["end"], "SIGKILL")
        self.assertNotIn(3, await self.rounds())
        await self.act("start", 3)
        self.assertGreater((await self.rounds())[3]["answered"], 0)

    async def test_options_that_a_stage_refuses_leave_it_as_it_is(self) -> None:
        if rules.CPUS == "1":
            self.skipTest("one CPU, one worker")
        pids = self.pids()
        with self.assertRaisesRegex(Refused, "--pool-max-open: 1 leaves some of"):
            await self.option(4, "pool", "1")
        self.assertEqual(self.pids(), pids)
        self.assertGreater((await self.rounds())[4]["answered"], 0)

    async def test_reset_is_as_it_was_in_the_beginning(self) -> None:
        begun = self.lab.state()
        await self.option(4, "workers", "1")
        await self.act("load", {"clients": 3, "loop": "open", "rate": 100, "value_size": 8})
        await self.act("all_at_once", True)
        await self.act("delay", 1)
        await self.act("idle", True)
        await self.act("pause", True)
        await self.act("reset")
        self.assertEqual(self.lab.state(), begun)

    async def test_what_is_no_action_is_refused(self) -> None:
        for action in ["close", "start_stage", "__class__", None, 3, ["freeze"]]:
            with self.assertRaisesRegex(Refused, "no action"):
                await self.lab.act(action, None)


class ForeignUpstream(unittest.IsolatedAsyncioTestCase):
    async def test_it_is_asked_and_nothing_else(self) -> None:
        ours = Lab(BUILD, "origin", lambda _: None)
        await ours.upstream.start()
        lab = Lab(BUILD, ours.upstream.address, lambda _: None)
        await lab.start()
        try:
            for action, value in [("freeze", True), ("kill", True), ("delay", 5)]:
                with self.assertRaises(Refused):
                    await lab.act(action, value)
            await lab.round()
            self.assertGreater(lab.history[4][-1]["answered"], 0)
        finally:
            await lab.close()
            await ours.close()


if __name__ == "__main__":
    unittest.main()
