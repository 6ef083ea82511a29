"""What strace runs: starts a stage and asks it what comes on standard input, a request a line.

It has as many connections as its first argument says, asks the same on each, and keeps them for as
long as the gateway lets it; it dials again if that closed one. It prints the gateway's first line,
and then all replies to a request as one line.
"""

import os
import select
import signal
import socket
import subprocess
import sys
from typing import TextIO

import resp
from processes import start
from waiting import poll_until


class Client:
    def __init__(self, gateway: subprocess.Popen[bytes], port: int, connections: int) -> None:
        self.gateway = gateway
        self.port = port
        self.connections: list[socket.socket | None] = [None] * connections

    def ask(self, words: list[str]) -> list[bytes]:
        request = resp.request(*words)
        connections = [each or self.dial() for each in self.connections]
        self.connections[:] = connections
        if len(connections) == 1:
            connections[0].sendall(request)
        else:
            self.send_at_once(request)
        return [each.recv(65536) for each in connections]

    def dial(self) -> socket.socket:
        connection = socket.socket()
        connection.connect(("127.0.0.1", self.port))
        return connection

    def send_at_once(self, request: bytes) -> None:
        """The gateway stands still until all of them have arrived."""
        self.gateway.send_signal(signal.SIGSTOP)
        os.waitpid(self.gateway.pid, os.WUNTRACED)
        for each in filter(None, self.connections):
            each.sendall(request)
        poll_until(lambda: self.unread() >= len(self.connections))
        self.gateway.send_signal(signal.SIGCONT)

    def unread(self) -> int:
        """How many sockets of the gateway hold bytes that it has not read, see proc(5)."""
        with open("/proc/net/tcp", encoding="ascii") as file:
            rows = [line.split() for line in file]
        own = [row for row in rows if row[1].endswith(f":{self.port:04X}")]
        return sum(not row[4].endswith(":00000000") for row in own)

    def serve(self, lines: TextIO) -> None:
        while True:
            ready = select.select([lines, *filter(None, self.connections)], [], [])[0]
            if lines not in ready:
                for each in ready:
                    if not each.recv(65536):
                        each.close()
                        self.connections[self.connections.index(each)] = None
            elif line := lines.readline():
                print(self.ask(line.split()), flush=True)
            else:
                return


def main() -> None:
    command = [*sys.argv[2:], "--listen", "127.0.0.1:0"]
    with start(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as gateway:
        assert gateway.stdout is not None
        line = gateway.stdout.readline().decode()
        print(line, end="", flush=True)
        if line:
            port = int(line.rsplit(":", 1)[1])
            Client(gateway, port, int(sys.argv[1])).serve(sys.stdin)
        gateway.terminate()


if __name__ == "__main__":
    main()
