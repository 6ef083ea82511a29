"""The upstream of all lanes: it can be slowed down, frozen, and killed."""

import asyncio
import signal
import tempfile

import resp
from lab.child import end, spawn
from lab.rules import Load, Refused
from processes import reserved_port, upstream_command
from suite import point
from waiting import Failure

START_SECONDS = 10
LARGE_KEY = "lab:large"  # for clients that do not read their replies
LARGE_BYTES = 256 * 1024


class Upstream:
    """The embedded origin's program, a Redis, or an existing one (HOST:PORT), which is only asked.
    Ours keeps its port as long as this lives."""

    def __init__(self, build: str, kind: str) -> None:
        self.build = build
        self.kind = kind
        self.is_ours = ":" not in kind
        self.folder = tempfile.TemporaryDirectory()
        self.reserved, self.port = reserved_port()
        self.address = f"127.0.0.1:{self.port}" if self.is_ours else kind
        self.delay_ms = 0
        self.state = "runs"  # or frozen, or killed
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        if not self.is_ours:
            return
        delay = f"{self.delay_ms}ms" if self.delay_ms else ""
        command = upstream_command(self.kind, self.build, self.port, self.folder.name, delay)
        self.process = await spawn(*command, stdout=asyncio.subprocess.DEVNULL)
        async with asyncio.timeout(START_SECONDS):
            while await self.ask("PING") != b"+PONG\r\n":
                if self.process.returncode is not None:
                    raise Failure(f"the upstream, {self.kind}, did not start")
                await asyncio.sleep(0.01)
        self.state = "runs"

    async def ask(self, *words: object) -> bytes:
        """The first line of the reply; nothing if there is none."""
        host, port = self.address.rsplit(":", 1)
        try:
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(resp.request(*words))
            reply = await reader.readline()
            writer.close()
            return reply
        except OSError:
            return b""

    async def fill(self, load: Load) -> None:
        """Every key gets its value."""
        process = await spawn(
            f"{self.build}/bench/load/load",
            *["--target", self.address],
            *point.Load(value_size=load.value_size).arguments(requests=1),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        _, words = await process.communicate()
        if process.returncode != 0:
            raise Failure(words.decode().strip() or "the upstream gave wrong replies")
        await self.ask("SET", LARGE_KEY, "x" * LARGE_BYTES)

    def may(self, what: str) -> None:
        if not self.is_ours:
            raise Refused(f"{self.kind} is not this lab's to be {what}")

    async def set_delay(self, delay_ms: int) -> None:
        """Starts another process at the same port: idle connections end."""
        if self.kind != "origin":
            raise Refused("only the origin can be slowed down: ./run lab without --upstream")
        self.delay_ms = delay_ms
        await self.kill()
        await self.start()

    def freeze(self) -> None:
        self.send(signal.SIGSTOP)
        self.state = "frozen"

    def thaw(self) -> None:
        self.send(signal.SIGCONT)
        self.state = "runs"

    def send(self, number: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(number)

    async def kill(self) -> None:
        if self.process is not None:
            await end(self.process)
        self.process = None
        self.state = "killed"

    async def close(self) -> None:
        await self.kill()
        self.reserved.close()
        self.folder.cleanup()
