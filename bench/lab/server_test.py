"""Who may steer the lab, and what happens when nobody is there. The lab itself is a stand-in."""

import asyncio
import json
import unittest
from typing import Any, cast
from unittest import mock

from aiohttp import ClientWebSocketResponse, WSServerHandshakeError
from aiohttp.test_utils import TestClient, TestServer

from lab import server
from lab.lab import Lab
from lab.rules import Refused

WAIT_SECONDS = 20


class StandIn:
    """Notes what it is asked to do."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, object]] = []
        self.paused = ""
        self.closed = False

    async def start(self) -> None:
        pass

    async def run(self) -> None:
        await asyncio.Event().wait()

    async def close(self) -> None:
        self.closed = True

    async def act(self, action: object, value: object) -> None:
        if action == "bad":
            raise Refused("not that")
        self.asked.append((action, value))

    def saved(self) -> dict[str, Any]:
        return {"history": {}}

    def log(self, words: str) -> None:
        pass


class Served(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self) -> None:
        self.lab = StandIn()
        self.server = server.Server(lambda tell: cast(Lab, self.lab))
        self.client = TestClient(TestServer(self.server.app()))
        await self.client.start_server()
        self.host = f"127.0.0.1:{self.client.port}"

    async def asyncTearDown(self) -> None:
        await self.client.close()
        self.assertTrue(self.lab.closed)

    async def connect(self, **headers: str) -> ClientWebSocketResponse:
        return await self.client.ws_connect("/socket", headers={"Host": self.host} | headers)

    async def next(self, reader: ClientWebSocketResponse, kind: str) -> dict[str, Any]:
        """The next message of this kind."""
        while True:
            message = json.loads(await reader.receive_str(timeout=WAIT_SECONDS))
            if message["type"] == kind:
                return message

    async def until(self, holds: Any) -> None:
        async with asyncio.timeout(WAIT_SECONDS):
            while not holds():
                await asyncio.sleep(0.01)

    async def test_the_page_is_there_and_may_load_nothing_from_elsewhere(self) -> None:
        answer = await self.client.get("/", headers={"Host": self.host})
        self.assertEqual(answer.status, 200)
        self.assertIn("default-src 'self'", answer.headers["Content-Security-Policy"])

    async def test_another_name_for_this_host_is_refused(self) -> None:
        for path in ["/", "/lab.json", "/socket"]:
            answer = await self.client.get(path, headers={"Host": "evil.example"})
            self.assertEqual(answer.status, 403, path)

    async def test_a_page_from_elsewhere_cannot_connect(self) -> None:
        for origin in ["http://evil.example", "https://127.0.0.1", "null", f"http://{self.host}0"]:
            with self.assertRaises(WSServerHandshakeError) as refused:
                await self.connect(Origin=origin)
            self.assertEqual(refused.exception.status, 403, origin)
        await self.connect(Origin=f"http://{self.host}")

    async def test_what_is_wrong_is_answered_and_the_reader_stays(self) -> None:
        reader = await self.connect()
        for words in ["no json", "[]", '{"action": "bad"}']:
            await reader.send_str(words)
            self.assertTrue((await self.next(reader, "refused"))["words"], words)
        await reader.send_str('{"action": "freeze", "value": true}')
        await self.until(lambda: self.lab.asked == [("freeze", True)])

    async def test_the_first_steers_and_the_next_one_takes_over(self) -> None:
        first, second = await self.connect(), await self.connect()
        self.assertTrue((await self.next(first, "steers"))["you"])
        self.assertFalse((await self.next(second, "steers"))["you"])
        await second.send_str('{"action": "kill"}')
        self.assertIn("another reader", (await self.next(second, "refused"))["words"])
        self.assertEqual(self.lab.asked, [])
        await first.close()
        self.assertTrue((await self.next(second, "steers"))["you"])
        await second.send_str('{"action": "kill"}')
        await self.until(lambda: self.lab.asked == [("kill", None)])

    async def test_when_the_last_browser_is_gone_the_load_pauses(self) -> None:
        with mock.patch.object(server, "PATIENCE_SECONDS", 0.05):
            reader = await self.connect()
            await self.next(reader, "welcome")
            await reader.close()
            await self.until(lambda: self.lab.paused)
        self.assertIn("nobody was watching", self.lab.paused)

    async def test_a_browser_that_comes_back_in_time_changes_nothing(self) -> None:
        first = await self.connect()
        await first.close()
        await self.until(lambda: self.server.leaving and not self.server.readers)
        leaving = self.server.leaving
        assert leaving is not None
        await self.next(await self.connect(), "welcome")
        await self.until(leaving.done)
        self.assertEqual(self.lab.paused, "")


if __name__ == "__main__":
    unittest.main()
