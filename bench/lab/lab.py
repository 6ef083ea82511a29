"""The lab: four stages, their upstream and the load on them, which goes on in rounds."""

import asyncio
import collections
import random
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from waiting import Failure
from lab import rules
from lab.clients import Clients
from lab.rules import Load, Refused
from lab.slice import generate, measure
from lab.stage import Stage
from lab.upstream import KEYS, Upstream

HISTORY_SECONDS = 120
LOG_LINES = 200
BURST = 1000
FAULT_SECONDS = 2.0  # At least: a fault lasts until every stage has met it.
REST_SECONDS = 0.2  # Between two looks whether there is something to do.


class Lab:
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
        self.paused = ""  # Why there is no load.
        self.fault = ""  # What the next round begins with: freeze or kill.
        self.history: dict[int, collections.deque[dict[str, Any]]] = {
            number: collections.deque() for number in rules.STAGES
        }
        self.log_lines: collections.deque[dict[str, Any]] = collections.deque(maxlen=LOG_LINES)
        self.between_slices = asyncio.Lock()  # Held by whoever uses the processes.

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
            if fault == "freeze":
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
            if stage.runs:  # Else it has ended meanwhile, and that is told.
                self.log(f"this slice is left out: {error}", number)
            return
        slices = self.history[number]
        slices.append(found)
        while slices[0]["at"] < found["at"] - HISTORY_SECONDS:
            slices.popleft()
        answered = self.clients[number].answered
        self.tell({"type": "slice", "stage": number, "slice": found, "idle_answered": answered})
        for cause, count in (found["causes"] | found["errors"]).items():
            self.log(f"{count:,} × {cause}", number)

    # --- What the page asks for; each raises Refused ---

    async def act(self, action: object, value: object) -> None:
        """One of the actions below."""
        actions = {
            "load": self.set_load,
            "all_at_once": self.set_all_at_once,
            "delay": self.set_delay,
            "freeze": self.set_freeze,
            "kill": self.set_kill,
            "idle": self.set_idle,
            "slow": self.set_slow,
            "burst": self.burst,
            "option": self.set_option,
            "start": self.start_again,
            "pause": self.pause,
            "reset": self.reset,
        }
        if not isinstance(action, str) or action not in actions:
            raise Refused(f"no action {rules.shown(action)}")
        try:
            await actions[action](value)
        except Failure as failure:
            raise Refused(str(failure)) from None
        finally:
            self.tell(self.state())

    async def set_load(self, value: object) -> None:
        load = self.load.changed(value)
        if self.all_at_once and load.loop == "closed":
            raise Refused("all at once needs an open loop, so that no stage takes the others' CPU")
        if load == self.load:
            return
        async with self.between_slices:
            if load.value_size != self.load.value_size:
                await self.upstream.fill(load)
            self.load = load
        self.log("load: " + ", ".join(f"{name} {field}" for name, field in asdict(load).items()))

    async def set_all_at_once(self, value: object) -> None:
        if rules.switch(value) and self.load.loop == "closed":
            raise Refused("all at once needs an open loop: set a rate first")
        self.all_at_once = rules.switch(value)
        self.log("all at once" if value else "one stage at a time")

    async def set_delay(self, value: object) -> None:
        delay = rules.number(value, rules.DELAY_MS)
        async with self.between_slices:
            await self.upstream.set_delay(delay)
            await self.upstream.fill(self.load)
        self.log(f"the upstream answers {delay} ms later")

    async def set_freeze(self, value: object) -> None:
        self.upstream.may("frozen")
        self.fault = "freeze"

    async def set_kill(self, value: object) -> None:
        self.upstream.may("killed")
        self.fault = "kill"

    async def set_idle(self, value: object) -> None:
        self.idle = rules.switch(value)
        await self.open_clients()
        self.log(
            "64 clients ask each stage once, and stay" if value else "the idle clients are gone"
        )

    async def set_slow(self, value: object) -> None:
        self.slow = rules.switch(value)
        await self.open_clients()
        self.log("16 clients do not read their replies" if value else "the slow readers are gone")

    async def open_clients(self) -> None:
        async with self.between_slices:
            for number, stage in self.stages.items():
                if stage.runs:
                    await self.clients[number].open(stage.port, idle=self.idle, slow=self.slow)

    async def burst(self, value: object) -> None:
        """New connections, all at the same time, each for one request."""
        async with self.between_slices:
            for number, stage in self.stages.items():
                if stage.runs:
                    target = ["--target", f"127.0.0.1:{stage.port}", "--json", "--no-fill"]
                    many = ["--connections", str(BURST), "--requests", str(BURST)]
                    size = ["--keys", str(KEYS), "--value-size", str(self.load.value_size)]
                    found = await generate(self.build, [*target, *many, *size, "--timeout", "2s"])
                    self.log(f"a burst of {BURST:,}: {found.get('requests', 0):,} answered", number)
                    for cause, count in found["errors_by_cause"].items():
                        self.log(f"{count:,} × {cause}", number)

    async def set_option(self, value: object) -> None:
        if not isinstance(value, dict) or value.keys() != {"stage", "name", "value"}:
            raise Refused("an option has a stage, a name and a value")
        number = rules.stage(value["stage"])
        name, chosen = rules.option(number, value["name"], value["value"])
        await self.start_stage(number, self.stages[number].options | {name: chosen})

    async def start_again(self, value: object) -> None:
        number = rules.stage(value)
        await self.start_stage(number, self.stages[number].options)

    async def start_stage(self, number: int, options: dict[str, str]) -> None:
        stage = self.stages[number]
        async with self.between_slices:
            await self.clients[number].close()
            try:
                await stage.start(self.upstream.address, options)
            finally:
                if stage.runs:
                    await self.clients[number].open(stage.port, idle=self.idle, slow=self.slow)
        self.log(f"$ {stage.command}", number)

    async def pause(self, value: object) -> None:
        self.paused = "paused" if rules.switch(value) else ""
        self.log(self.paused or "goes on")

    async def reset(self, value: object) -> None:
        """As it was in the beginning."""
        self.all_at_once = False
        await self.set_load(asdict(Load()))
        if self.idle or self.slow:
            self.idle = self.slow = False
            await self.open_clients()
        if self.upstream.delay_ms:
            await self.set_delay(0)
        for number, stage in self.stages.items():
            usual = self.new_stage(number).options
            if stage.options != usual or not stage.runs:
                await self.start_stage(number, usual)
        self.paused = ""
