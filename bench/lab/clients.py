"""Clients that misbehave: some ask once and stay, others do not read their replies."""

import asyncio
import contextlib

import resp
from lab.upstream import LARGE_KEY

IDLE = 64
SLOW = 16
SLOW_ASKS = 128  # each at once: their replies exceed the buffers on the way
BUFFER_BYTES = 4096
PING = resp.request("PING")
GET = resp.request("GET", LARGE_KEY)


class Clients:
    """Connections to one stage, kept until close(). A stage may end them at any time."""

    def __init__(self) -> None:
        self.writers: list[asyncio.StreamWriter] = []
        self.answers: list[asyncio.Task[bytes]] = []

    async def open(self, port: int, *, idle: bool, slow: bool) -> None:
        await self.close()
        for _ in range(IDLE if idle else 0):
            reader = await self.connect(port, PING)
            if reader:
                self.answers.append(asyncio.create_task(reader.readline()))
        for _ in range(SLOW if slow else 0):
            await self.connect(port, GET * SLOW_ASKS)

    async def connect(self, port: int, words: bytes) -> asyncio.StreamReader | None:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=BUFFER_BYTES)
            writer.write(words)
            self.writers.append(writer)
            return reader
        return None

    @property
    def answered(self) -> int:
        """How many of those that asked once have their reply."""
        ended = [answer for answer in self.answers if answer.done() and not answer.exception()]
        return [answer.result() for answer in ended].count(b"+PONG\r\n")

    async def close(self) -> None:
        for answer in self.answers:
            answer.cancel()
        await asyncio.gather(*self.answers, return_exceptions=True)
        for writer in self.writers:
            writer.transport.abort()
        self.answers, self.writers = [], []
