"""What strace runs: starts a stage and asks it what comes on standard input, a request a line.

It keeps its connection for as long as the gateway lets it, and dials again where that closed it. It
prints the gateway's first line, and then each reply.
"""

import select
import socket
import subprocess
import sys

ENDS_WITH_PARENT = ["setpriv", "--pdeathsig", "KILL"]


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


def main():
    command = [*ENDS_WITH_PARENT, *sys.argv[1:], "--listen", "127.0.0.1:0"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as gateway:
        line = gateway.stdout.readline().decode()
        print(line, end="", flush=True)
        if line:
            Client(int(line.rsplit(":", 1)[1])).serve(sys.stdin)
        gateway.terminate()


if __name__ == "__main__":
    main()
