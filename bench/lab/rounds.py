"""Four stages, their upstream and the load on them, which goes on in rounds."""

import asyncio
import collections
import random
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from lab import rules
from lab.clients import Clients
from lab.rules import Load
from lab.slice import measure
from lab.stage import Stage
from lab.upstream import Upstream

HISTORY_SECONDS = 120
LOG_LINES = 200
FAULT_SECONDS = 2.0  # at least: a fault lasts until every stage has met it
REST_SECONDS = 0.2  # between two looks for something to do


class Rounds:
    """`tell` gets every change, as a message for the page."""

    def __init__(self, build: str, upstream: str, tell: Callable[[dict[str, Any]], None]) -> None:
        self.build = build
        self.tell = tell
        self.upstream = Upstream(build, upstream)
        self.stages = {number: self.new_stage(number) for number in rules.STAGES}
        self.clients = {number: Clients() for number in rules.STAGES}
        self.load = Load()
        self.all_at_once = False
        self.idle = False
        self.slow = False
        self.paused = ""  # why there is no load
        self.fault = ""  # how the next round begins: frozen or killed
        self.history: dict[int, collections.deque[dict[str, Any]]] = {
            number: collections.deque() for number in rules.STAGES
        }
        self.log_lines: collections.deque[dict[str, Any]] = collections.deque(maxlen=LOG_LINES)
        self.between_slices = asyncio.Lock()  # held while using the processes

    def new_stage(self, number: int) -> Stage:
        return Stage(
            number,
            self.build,
            lambda words: self.log(words, number),
            lambda: self.stage_ended(number),
        )

    async def start(self) -> None:
        await self.upstream.start()
        await self.upstream.fill(self.load)
        await asyncio.gather(
            *(stage.start(self.upstream.address, stage.options) for stage in self.stages.values())
        )
        self.log("started: four stages and one upstream")

    async def close(self) -> None:
        for number, stage in self.stages.items():
            await self.clients[number].close()
            await stage.stop()
        await self.upstream.close()

    # --- What is told ---

    def state(self) -> dict[str, Any]:
        return {
            "type": "state",
            "load": asdict(self.load),
            "all_at_once": self.all_at_once,
            "idle": self.idle,
            "slow": self.slow,
            "paused": self.paused,
            "upstream": {
                "kind": self.upstream.kind,
                "address": self.upstream.address,
                "state": self.upstream.state,
                "delay_ms": self.upstream.delay_ms,
            },
            "stages": {number: self.stage_state(number) for number in self.stages},
        }

    def stage_state(self, number: int) -> dict[str, Any]:
        stage = self.stages[number]
        return {
            "name": stage.name,
            "command": stage.command,
            "options": stage.options,
            "end": stage.end,
            "idle_answered": self.clients[number].answered,
        }

    def saved(self) -> dict[str, Any]:
        return self.state() | {
            "history": {number: list(slices) for number, slices in self.history.items()},
            "log": list(self.log_lines),
        }

    def log(self, words: str, stage: int = 0) -> None:
        entry = {"at": time.time(), "stage": stage, "words": words}
        self.log_lines.append(entry)
        self.tell({"type": "log", "entry": entry})

    def log_causes(self, causes: dict[str, int], stage: int) -> None:
        for cause, count in causes.items():
            self.log(f"{count:,} × {cause}", stage)

    def stage_ended(self, number: int) -> None:
        self.log(f"ended: {self.stages[number].end}", number)
        self.tell(self.state())

    # --- Rounds ---

    async def run(self) -> None:
        """Puts load on the stages until cancelled."""
        while True:
            if self.paused:
                await asyncio.sleep(REST_SECONDS)
                continue
            await self.round()

    async def round(self) -> None:
        fault, self.fault = self.fault, ""
        begun = time.monotonic()
        await self.begin(fault)
        if self.all_at_once:
            async with self.between_slices:
                await asyncio.gather(*(self.slice(number) for number in self.stages))
        else:
            for number in random.sample(list(self.stages), len(self.stages)):
                async with self.between_slices:
                    await self.slice(number)
        if fault:
            await asyncio.sleep(max(begun + FAULT_SECONDS - time.monotonic(), 0))
            await self.end_fault()
        if not any(stage.runs for stage in self.stages.values()):
            await asyncio.sleep(REST_SECONDS)

    async def begin(self, fault: str) -> None:
        if not fault:
            return
        async with self.between_slices:
            if fault == "frozen":
                self.upstream.freeze()
            else:
                await self.upstream.kill()
            self.log(f"the upstream is {self.upstream.state}, for one round")
            self.tell(self.state())

    async def end_fault(self) -> None:
        async with self.between_slices:
            if self.upstream.state == "frozen":
                self.upstream.thaw()
            else:
                await self.upstream.start()
                await self.upstream.fill(self.load)
            self.log("the upstream runs again; no stage was started anew")
            self.tell(self.state())

    async def slice(self, number: int) -> None:
        stage = self.stages[number]
        if not stage.runs or self.paused:
            return
        try:
            found = await measure(stage, self.build, self.load)
        except OSError as error:
            if stage.runs:  # otherwise it ended meanwhile, and that is told
                self.log(f"this slice is left out: {error}", number)
            return
        slices = self.history[number]
        slices.append(found)
        while slices[0]["at"] < found["at"] - HISTORY_SECONDS:
            slices.popleft()
        answered = self.clients[number].answered
        self.tell({"type": "slice", "stage": number, "slice": found, "idle_answered": answered})
        self.log_causes(found["causes"] | found["errors"], number)
