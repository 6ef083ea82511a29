"""The lab: rounds that go on, and what a reader can do to them."""

from dataclasses import asdict

from lab import rules
from lab.rounds import Rounds
from lab.rules import Load, Refused
from lab.slice import generate
from suite import point
from waiting import Failure

BURST = 1000


class Lab(Rounds):
    """Each action raises Refused if it is not done."""

    async def act(self, action: object, value: object) -> None:
        """One of the actions below."""
        actions = {
            "load": self.set_load,
            "all_at_once": self.set_all_at_once,
            "delay": self.set_delay,
            "freeze": lambda _: self.set_fault("frozen"),
            "kill": lambda _: self.set_fault("killed"),
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

    async def set_fault(self, fault: str) -> None:
        self.upstream.may(fault)
        self.fault = fault

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
            for number in self.stages:
                await self.open_clients_of(number)

    async def open_clients_of(self, number: int) -> None:
        stage = self.stages[number]
        if stage.runs:
            await self.clients[number].open(stage.port, idle=self.idle, slow=self.slow)

    async def burst(self, value: object) -> None:
        """New connections, all at the same time, each for one request."""
        many = point.Load(connections=BURST, value_size=self.load.value_size, timeout=2)
        async with self.between_slices:
            for number, stage in self.stages.items():
                if stage.runs:
                    found = await generate(self.build, stage.port, many.arguments(requests=BURST))
                    self.log(f"a burst of {BURST:,}: {found.get('requests', 0):,} answered", number)
                    self.log_causes(found["errors_by_cause"], number)

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
                await self.open_clients_of(number)
        self.log(f"$ {stage.command}", number)

    async def pause(self, value: object) -> None:
        self.paused = "paused" if rules.switch(value) else ""
        self.log(self.paused or "goes on")

    async def reset(self, value: object) -> None:
        """Back to the beginning."""
        self.all_at_once = False
        await self.set_load(asdict(Load()))
        if self.idle or self.slow:
            self.idle = self.slow = False
            await self.open_clients()
        if self.upstream.delay_ms:
            await self.set_delay(0)
        for number, stage in self.stages.items():
            usual = rules.usual(number)
            if stage.options != usual or not stage.runs:
                await self.start_stage(number, usual)
        self.paused = ""
