"""The upstream of all lanes: it can be slowed down, frozen, and killed."""

import asyncio
import signal
import socket
import tempfile

from lab.rules import Load, Refused
from lab.stage import spawn
from waiting import Failure

START_SECONDS = 10
KEYS = 1000
LARGE_KEY = b"lab:large"  # For those that do not read their replies.
LARGE_BYTES = 256 * 1024


class Upstream:
    """The embedded origin's program, a Redis, or one that is there already (HOST:PORT), which is
    asked and nothing else. Ours has one port for as long as this lives."""

    def __init__(self, build: str, kind: str) -> None:
        self.build = build
        self.kind = kind
        self.is_ours = ":" not in kind
        self.folder = tempfile.TemporaryDirectory()
        self.reserved = socket.socket()
        self.reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.reserved.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.reserved.getsockname()[1]}" if self.is_ours else kind
        self.delay_ms = 0
        self.state = "runs"  # Or frozen, or killed.
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        if not self.is_ours:
            return
        host, port = self.address.rsplit(":", 1)
        if self.kind == "redis":
            command = ["redis-server", "--bind", host, "--port", port, "--save", ""]
            command += ["--dir", self.folder.name, "--maxclients", "15000"]
        else:
            command = [f"{self.build}/common/origin/origin", "--listen", self.address]
            command += ["--delay", f"{self.delay_ms}ms"] if self.delay_ms else []
        self.process = await spawn(*command, stdout=asyncio.subprocess.DEVNULL)
        async with asyncio.timeout(START_SECONDS):
            while await self.ask(b"PING\r\n") != b"+PONG\r\n":
                if self.process.returncode is not None:
                    raise Failure(f"the upstream, {self.kind}, did not start")
                await asyncio.sleep(0.01)
        self.state = "runs"

    async def ask(self, request: bytes) -> bytes:
        """The first line of the reply; nothing if there is none."""
        host, port = self.address.rsplit(":", 1)
        try:
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(request)
            reply = await reader.readline()
            writer.close()
            return reply
        except OSError:
            return b""

    async def fill(self, load: Load) -> None:
        """Every key gets its value."""
        process = await spawn(
            f"{self.build}/bench/load/load",
            *["--target", self.address, "--requests", "1"],
            *["--keys", str(KEYS), "--value-size", str(load.value_size)],
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        _, words = await process.communicate()
        if process.returncode != 0:
            raise Failure(words.decode().strip() or "the upstream gave wrong replies")
        head = b"*3\r\n$3\r\nSET\r\n$%d\r\n%b\r\n" % (len(LARGE_KEY), LARGE_KEY)
        await self.ask(head + b"$%d\r\n%b\r\n" % (LARGE_BYTES, b"x" * LARGE_BYTES))

    def may(self, what: str) -> None:
        if not self.is_ours:
            raise Refused(f"{self.kind} is not this lab's to be {what}")

    async def set_delay(self, delay_ms: int) -> None:
        """By another process at the same port: connections that are idle end."""
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
            if self.process.returncode is None:
                self.process.kill()
            await self.process.wait()
        self.process = None
        self.state = "killed"

    async def close(self) -> None:
        await self.kill()
        self.reserved.close()
        self.folder.cleanup()
