"""The client of a recording: asks what it is told on standard input, a request a line.

It keeps its connection for as long as the gateway lets it, and dials again where that closed it.
"""

import select
import socket
import sys


class Client:
    def __init__(self, port):
        self.port = port
        self.connection = None

    def ask(self, words):
        if not self.connection:
            self.connection = socket.socket()
            self.connection.connect(("127.0.0.1", self.port))
        parts = [f"*{len(words)}\r\n", *(f"${len(word)}\r\n{word}\r\n" for word in words)]
        self.connection.sendall("".join(parts).encode())
        return self.connection.recv(65536)

    def serve(self, lines):
        while True:
            ready = select.select([lines, *filter(None, [self.connection])], [], [])[0]
            if self.connection in ready:
                if not self.connection.recv(65536):
                    self.connection.close()
                    self.connection = None
            elif line := lines.readline():
                print(self.ask(line.split()), flush=True)
            else:
                return


if __name__ == "__main__":
    Client(int(sys.argv[1])).serve(sys.stdin)
