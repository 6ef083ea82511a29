"""A stage in a lane of its own: its process, what it counts, what it costs."""

import asyncio
import os
import re
import signal
from collections.abc import Callable

from lab import rules
from lab.child import end, spawn
from suite import evidence
from waiting import Failure

# Short, so that a frozen upstream shows within a slice.
REQUEST_TIMEOUT = ["--request-timeout", "500ms"]
START_SECONDS = 10
LEDGER = {
    "accepted": "connections_accepted",
    "threads": "threads_started",
    "dials": "upstream_dials",
    "writes": "upstream_writes",
}


class Stage:
    """A stage, which can be started again with other options. `tell` gets the lines of its log;
    `ended` is called if it ends by itself."""

    def __init__(
        self, number: int, build: str, tell: Callable[[str], None], ended: Callable[[], None]
    ) -> None:
        self.number = number
        self.name = rules.STAGES[number]
        self.program = f"{build}/{self.name}/{self.name}"
        self.options = rules.usual(number)
        self.tell = tell
        self.ended = ended
        self.process: asyncio.subprocess.Process | None = None
        self.listening: asyncio.Task[None] | None = None
        self.port = 0
        self.metrics_port = 0
        self.end = ""  # how it ended, if it does not run

    @property
    def command(self) -> str:
        """As a reader would type it."""
        return " ".join(["./run stage", str(self.number), *rules.arguments(self.options)])

    @property
    def runs(self) -> bool:
        return self.process is not None and not self.end

    async def start(self, upstream: str, options: dict[str, str]) -> None:
        """Starts it, and stops the one before. If it does not start, the one before goes on."""
        process = await spawn(
            self.program,
            *["--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"],
            *["--upstream", upstream, *REQUEST_TIMEOUT, *rules.arguments(options)],
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(START_SECONDS):
                port, metrics_port = await self.first_words(process)
        except (Failure, TimeoutError) as error:
            await end(process)
            raise Failure(str(error) or f"{self.name} did not start") from None
        await self.stop()
        self.process, self.port, self.metrics_port = process, port, metrics_port
        self.options, self.end = options, ""
        self.listening = asyncio.create_task(self.listen_to(process))

    async def first_words(self, process: asyncio.subprocess.Process) -> tuple[int, int]:
        """The ports that it says it took. If it ends instead, its last words say why."""
        assert process.stdout is not None and process.stderr is not None
        line = (await process.stdout.readline()).decode()
        if not line.startswith("listening on "):
            words = (await process.stderr.read()).decode().splitlines() or ["it did not start"]
            raise Failure(words[-1].removeprefix(f"{self.name}: "))
        async for told in process.stderr:
            if found := re.search(r"metrics at http://\S+:(\d+)/", told.decode()):
                return int(line.rsplit(":", 1)[1]), int(found[1])
        raise Failure(f"{self.name} did not say where its metrics are")

    async def listen_to(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        async for line in process.stderr:
            words = line.decode().strip()
            # "2026-01-31 12:00:00.000 stage4_workers warning: words"
            self.tell(words.split(f" {self.name} ", 1)[-1])
        code = await process.wait()
        if process is self.process:
            self.end = f"exit code {code}" if code >= 0 else signal.Signals(-code).name
            self.ended()

    async def stop(self) -> None:
        process, self.process = self.process, None
        if process is not None:
            await end(process)
        if self.listening is not None:
            await self.listening

    def cpu_seconds(self) -> float:
        return evidence.cpu_seconds(self.process.pid) if self.process else 0

    def threads(self) -> int:
        """Its threads, without the one for metrics."""
        try:
            return len(os.listdir(f"/proc/{self.process.pid}/task")) - 1 if self.process else 0
        except FileNotFoundError:
            return 0

    async def counters(self) -> dict[str, int]:
        """From its metrics, which answer even if its workers are held up."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.metrics_port)
        try:
            writer.write(b"GET /metrics HTTP/1.0\r\n\r\n")
            text = (await reader.read()).decode()
        finally:
            writer.close()
        if "connections_open" not in text:
            raise ConnectionError(f"{self.name} did not tell its counters in time")
        found = re.findall(r"^stagecoach_(\w+?)(?:_total)? (\d+)$", text, re.MULTILINE)
        return {name: int(value) for name, value in found}
