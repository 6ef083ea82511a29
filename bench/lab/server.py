"""The page, and the connection over which it steers the lab and hears from it."""

import asyncio
import contextlib
import ipaddress
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import WSCloseCode, WSMsgType, web

from lab.lab import Lab
from lab.rules import CHOICES, CPUS, LIMITS, Refused, shown

PAGE = Path(__file__).parent / "page"
DYGRAPHS = Path("/usr/share/javascript/dygraphs")
TOUR = Path(__file__).parent / "tour.json"
STYLE = Path(__file__).parents[2] / "docs/style"
TUTORIAL = Path(__file__).parents[2] / "build/docs/html"
PATIENCE_SECONDS = 10  # for a browser to come back
HEARTBEAT_SECONDS = 5
LONGEST_MESSAGE = 4096
POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"
# Doxygen's pages hold pictures, and scripts that evaluate.
TUTORIAL_POLICY = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval'; img-src 'self' data:; frame-ancestors 'self'"
)


class Server:
    """Serves a lab. The first reader steers; the others watch. When nobody is left, the load
    pauses."""

    def __init__(self, lab: Callable[[Callable[[dict[str, Any]], None]], Lab]) -> None:
        self.lab = lab(self.tell)
        self.readers: list[web.WebSocketResponse] = []  # the first one steers
        self.messages: dict[web.WebSocketResponse, asyncio.Queue[str]] = {}
        self.leaving: asyncio.Task[None] | None = None
        self.names = {"localhost"}  # names of this host for a browser, beside its addresses

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self.guard])
        app.router.add_get("/", self.index)
        app.router.add_get("/socket", self.socket)
        app.router.add_get("/tour.json", self.tour)
        app.router.add_get("/lab.json", self.save)
        app.router.add_static("/page/", PAGE)
        app.router.add_static("/style/", STYLE)
        app.router.add_static("/dygraphs/", DYGRAPHS)
        if TUTORIAL.is_dir():
            app.router.add_static("/docs/", TUTORIAL)
        else:
            app.router.add_get("/docs/{page:.*}", self.no_tutorial)
        app.cleanup_ctx.append(self.own_lab)
        app.on_shutdown.append(self.say_goodbye)
        return app

    async def own_lab(self, app: web.Application) -> Any:
        """Starts the lab with the server, and ends it with the server."""
        try:
            await self.lab.start()
            running = asyncio.create_task(self.lab.run())
            self.leave()
            yield
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running
        finally:
            await self.lab.close()

    @web.middleware
    async def guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Another page in the same browser must not drive this. DNS may lead that page's name here;
        Host tells. Its scripts may connect here; Origin tells."""
        if not self.is_own(request.host):
            raise web.HTTPForbidden(text="This lab has another name.\n")
        if request.headers.get("Origin", f"http://{request.host}") != f"http://{request.host}":
            raise web.HTTPForbidden(text="Only the lab's own page may do that.\n")
        response = await handler(request)
        if not response.prepared:
            of_tutorial = request.path.startswith("/docs/")
            response.headers["Content-Security-Policy"] = TUTORIAL_POLICY if of_tutorial else POLICY
            response.headers["Cache-Control"] = "no-cache"
        return response

    def is_own(self, host: str) -> bool:
        """Whether the browser must mean this host: nobody else can give it this name."""
        name = urlsplit(f"//{host}").hostname or ""
        try:
            return name in self.names or bool(ipaddress.ip_address(name))
        except ValueError:
            return False

    async def index(self, request: web.Request) -> web.FileResponse:
        return web.FileResponse(PAGE / "index.html")

    async def tour(self, request: web.Request) -> web.FileResponse:
        return web.FileResponse(TOUR)

    async def no_tutorial(self, request: web.Request) -> web.Response:
        return web.Response(
            status=404, text="The tutorial is not built here: ./run docs builds it.\n"
        )

    async def save(self, request: web.Request) -> web.Response:
        return web.json_response(
            self.lab.saved(),
            headers={"Content-Disposition": "attachment; filename=lab.json"},
            dumps=lambda saved: json.dumps(saved, indent=1),
        )

    # --- Readers ---

    async def say_goodbye(self, app: web.Application) -> None:
        for reader in list(self.readers):
            await reader.close(code=WSCloseCode.GOING_AWAY)

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        reader = web.WebSocketResponse(heartbeat=HEARTBEAT_SECONDS, max_msg_size=LONGEST_MESSAGE)
        await reader.prepare(request)
        self.readers.append(reader)
        self.messages[reader] = asyncio.Queue()
        self.leave()
        self.say(reader, self.welcome())
        self.say_who_steers()
        sending = asyncio.create_task(self.send(reader))
        try:
            async for message in reader:
                if message.type == WSMsgType.TEXT:
                    await self.heed(reader, message.data)
        finally:
            sending.cancel()
            self.readers.remove(reader)
            del self.messages[reader]
            self.say_who_steers()
            self.leave()
        return reader

    def welcome(self) -> dict[str, Any]:
        return self.lab.saved() | {
            "type": "welcome",
            "choices": {name: asdict(choice) for name, choice in CHOICES.items()},
            "limits": LIMITS,
            "cpus": CPUS,
            "tutorial": TUTORIAL.is_dir(),
        }

    async def heed(self, reader: web.WebSocketResponse, text: str) -> None:
        """Does what a reader asks for, if the reader may."""
        try:
            if reader is not self.readers[0]:
                raise Refused("another reader steers this lab; you see what happens")
            try:
                wish = json.loads(text)
            except ValueError:
                raise Refused(f"no JSON: {shown(text)}") from None
            if not isinstance(wish, dict):
                raise Refused("a wish has an action and a value")
            await self.lab.act(wish.get("action"), wish.get("value"))
        except Refused as refused:
            self.say(reader, {"type": "refused", "words": str(refused)})

    async def send(self, reader: web.WebSocketResponse) -> None:
        """Sends in order, at the reader's speed: the lab waits for nobody."""
        while True:
            await reader.send_str(await self.messages[reader].get())

    def say(self, reader: web.WebSocketResponse, message: dict[str, Any]) -> None:
        self.messages[reader].put_nowait(json.dumps(message))

    def tell(self, message: dict[str, Any]) -> None:
        text = json.dumps(message)
        for queue in self.messages.values():
            queue.put_nowait(text)

    def say_who_steers(self) -> None:
        for reader in self.readers:
            self.say(reader, {"type": "steers", "you": reader is self.readers[0]})

    def leave(self) -> None:
        """If no reader is left, the load pauses soon."""
        if self.leaving:
            self.leaving.cancel()
        if not self.readers:
            self.leaving = asyncio.create_task(self.pause_soon())

    async def pause_soon(self) -> None:
        await asyncio.sleep(PATIENCE_SECONDS)
        if not self.readers and not self.lab.paused:
            self.lab.paused = "paused: nobody was watching"
            self.lab.log(self.lab.paused)
