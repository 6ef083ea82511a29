"""A client of the protocol that does nothing by itself: no reconnect, no retry."""

import select
import socket
from typing import Any, Self


class ErrorReply(Exception):
    """The reply was -ERR or its like. The connection is still good."""


def request(*words: object) -> bytes:
    parts = [str(word).encode() for word in words]
    return b"*%d\r\n" % len(parts) + b"".join(
        b"$%d\r\n%s\r\n" % (len(part), part) for part in parts
    )


class Client:
    """One connection. Raises OSError if it is broken or closed."""

    def __init__(self, target: tuple[str, int], timeout: float = 5) -> None:
        self.target = target
        self.timeout = timeout
        self.dial()

    def dial(self) -> None:
        self.socket = socket.create_connection(self.target, self.timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.stream = self.socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.stream.close()
        self.socket.close()

    def address(self) -> tuple[str, int]:
        return self.socket.getsockname()

    def closed_by_peer(self) -> bool:
        """Whether the peer has ended the connection, properly and with nothing left to say."""
        readable, _, _ = select.select([self.socket], [], [], 0)
        return bool(readable) and self.socket.recv(1, socket.MSG_PEEK) == b""

    def ask(self, *words: object) -> Any:
        """The reply: str, int, None or a list of them."""
        self.socket.sendall(request(*words))
        return self.reply()

    def reply(self) -> Any:
        line = self.stream.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionResetError("closed without a reply")
        kind, rest = line[:1], line[1:-2].decode()
        if kind == b"+":
            return rest
        if kind == b"-":
            raise ErrorReply(rest)
        if kind == b":":
            return int(rest)
        size = int(rest)
        if size < 0:
            return None
        if kind == b"*":
            return [self.reply() for _ in range(size)]
        body = self.stream.read(size + 2)
        if len(body) < size + 2:
            raise ConnectionResetError("closed within a reply")
        return body[:-2].decode()


def ask(port: int, *words: object) -> Any:
    """One question to a local server, which has also ended the connection when this returns."""
    with Client(("127.0.0.1", port), timeout=10) as client:
        client.socket.sendall(request(*words))
        client.socket.shutdown(socket.SHUT_WR)
        reply = client.reply()
        client.stream.read()
        return reply


def pairs(text: str | None) -> dict[str, str]:
    """The fields of an INFO reply."""
    lines = (line.partition(":") for line in (text or "").splitlines())
    return {name: value for name, colon, value in lines if colon}


def numbers(text: str | None) -> dict[str, int]:
    """Those of the fields that are numbers."""
    return {name: int(value) for name, value in pairs(text).items() if value.isdigit()}


def counters(port: int) -> dict[str, int]:
    """A stage's own counters."""
    return numbers(ask(port, "INFO", "gateway"))
