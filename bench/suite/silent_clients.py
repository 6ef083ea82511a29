"""Opens connections, gets one reply on each, says `ready`, and keeps them until it is killed."""

import socket
import sys


def main() -> None:
    host, count, *ports = sys.argv[1:]
    connections = []
    for port in ports:
        for _ in range(int(count)):
            connection = socket.create_connection((host, int(port)), timeout=10)
            connection.sendall(b"PING\r\n")
            if connection.recv(64) != b"+PONG\r\n":
                sys.exit("no PONG")
            connections.append(connection)
    print("ready", flush=True)
    sys.stdin.read()


main()
