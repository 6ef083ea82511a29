"""Starts the lab, and prints where it is. Ctrl-C ends it all."""

import argparse
import asyncio
import contextlib
import signal
import socket
import sys

from aiohttp import web

from lab.lab import Lab
from lab.server import Server
from waiting import Failure


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./run lab",
        description="See the four stages under load, live, and break them by hand.",
    )
    parser.add_argument("--port", type=int, default=7080, help="of the page; 0 takes a free one")
    parser.add_argument(
        "--listen",
        default="127.0.0.1",
        metavar="HOST",
        help="of the page; if not loopback, anybody who reaches it can steer the lab",
    )
    parser.add_argument(
        "--upstream",
        default="origin",
        metavar="origin|redis|HOST:PORT",
        help="of the stages: our small origin, a Redis that is started, or an existing one",
    )
    parser.add_argument("--build", default="build/release", help=argparse.SUPPRESS)
    words = parser.parse_args()
    if words.upstream not in ("origin", "redis") and ":" not in words.upstream:
        parser.error(f"--upstream {words.upstream}: origin, redis or HOST:PORT")
    if not 0 <= words.port <= 65535:
        parser.error(f"--port {words.port}: 0 to 65535")
    return words


async def serve(words: argparse.Namespace) -> None:
    server = Server(lambda tell: Lab(words.build, words.upstream, tell))
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    runner = web.AppRunner(server.app(), access_log=None)
    try:
        await runner.setup()
        site = web.TCPSite(runner, words.listen, words.port)
        await site.start()
        host, port = runner.addresses[0][:2]
        shown = f"[{host}]" if ":" in host else host
        server.names |= {words.listen, socket.gethostname()}
        print(f"http://{shown}:{port}/\nCtrl-C ends it.", flush=True)
        await ended.wait()
    finally:
        await runner.cleanup()


def main() -> int:
    words = parsed()
    try:
        asyncio.run(serve(words))
    except (Failure, OSError) as failure:
        print(f"lab: {failure}", file=sys.stderr)
        return 1
    with contextlib.suppress(OSError):
        print("ended")
    return 0


if __name__ == "__main__":
    sys.exit(main())
