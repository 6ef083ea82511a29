"""A client of the protocol that does nothing by itself: no reconnect, no retry."""

import select
import socket
from typing import Any

from cluster import hosts


class ErrorReply(Exception):
    """What came was -ERR or its like; the connection is as good as before."""


class Client:
    """One connection, from `host` if told. Raises OSError where it is broken or closed."""

    def __init__(
        self, target: tuple[str, int], host: str | None = None, timeout: float = 5
    ) -> None:
        self.target = target
        self.host = host
        self.timeout = timeout
        self.dial()

    def dial(self) -> None:
        if self.host is None:
            self.socket = socket.create_connection(self.target, self.timeout)
        else:
            with hosts.visiting(self.host):
                self.socket = socket.create_connection(self.target, self.timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.stream = self.socket.makefile("rb")

    def __enter__(self) -> "Client":
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
        parts = [str(word).encode() for word in words]
        request = b"*%d\r\n" % len(parts)
        request += b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
        self.socket.sendall(request)
        return self.reply()

    def line(self) -> str:
        line = self.stream.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionResetError("closed without a reply")
        return line[:-2].decode()

    def reply(self) -> Any:
        line = self.line()
        kind, rest = line[0], line[1:]
        if kind == "+":
            return rest
        if kind == "-":
            raise ErrorReply(rest)
        if kind == ":":
            return int(rest)
        size = int(rest)
        if size < 0:
            return None
        if kind == "*":
            return [self.reply() for _ in range(size)]
        body = self.stream.read(size + 2)
        if len(body) < size + 2:
            raise ConnectionResetError("closed within a reply")
        return body[:-2].decode()


def ask(
    target: tuple[str, int], *words: object, host: str | None = None, timeout: float = 2
) -> Any:
    """One question over a connection of its own. None where there is no answer, or an error."""
    try:
        with Client(target, host, timeout) as client:
            return client.ask(*words)
    except (OSError, ErrorReply):
        return None


def pairs(text: str | None) -> dict[str, str]:
    """The fields of an INFO reply."""
    lines = (line.partition(":") for line in (text or "").splitlines())
    return {name: value for name, colon, value in lines if colon}
