"""How many of 200 clients are connected, and who knows of it, when the recipe's bounds are reached.

    python3 docs/examples/recipe/full_queue.py GO_GATEWAY    # as root: in a network of its own
"""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable

CROWD = 200
SERVED = 2 + 100 + 1  # Two workers, the channel's places, and one in the accept loop's hand.
STATES = {"01": "connected", "02": "in SYN-SENT", "0A": "listening"}
SOMAXCONN = "/proc/sys/net/core/somaxconn"
CLONE_NEWNET = 0x40000000


def enter_network() -> None:
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), "unshare")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    os.stat(SOMAXCONN)  # Which only the system's own root sees.


class Gateway:
    """The recipe's fourth stage on two CPUs. It answers nobody: there is no upstream."""

    def __init__(self, program: str, somaxconn: int) -> None:
        with open(SOMAXCONN, "w", encoding="ascii") as file:
            file.write(str(somaxconn))  # Which Go reads, and asks for all of it.
        cpus = ",".join(map(str, sorted(os.sched_getaffinity(0))[:2]))
        words = ["taskset", "-c", cpus, program, "--stage", "channel", "--upstream", "127.0.0.1:1"]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        self.port = int(self.process.stdout.readline().rsplit(":", 1)[1])

    def __enter__(self) -> "Gateway":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def connect(self) -> socket.socket:
        client = socket.socket()
        client.setblocking(False)
        client.connect_ex(("127.0.0.1", self.port))
        return client

    def look(self) -> tuple[Counter[str], Counter[str], int]:
        """States of the clients' ends, of the server's, and the length of its accept queue."""
        ours, theirs, queued = Counter[str](), Counter[str](), 0
        with open("/proc/net/tcp", encoding="ascii") as file:
            lines = [line.split() for line in file.readlines()[1:]]
        for _, local, remote, number, queues, *_ in lines:
            state = STATES.get(number, number)
            if state == "listening":
                queued = int(queues.split(":")[1], 16)
            elif remote.endswith(f":{self.port:04X}"):
                ours[state] += 1
            elif local.endswith(f":{self.port:04X}"):
                theirs[state] += 1
        return ours, theirs, queued

    def tell(self, when: str) -> None:
        ours, theirs, queued = self.look()
        known = theirs["connected"]
        print(
            f"  {when}: " + ", ".join(f"{count} {state}" for state, count in sorted(ours.items()))
        )
        if known == ours["connected"]:
            print(f"    the server's end: all of them, {queued} in the accept queue")
        else:
            print(f"    the server's end: {known} connected; of the rest it knows nothing")


def wait_until(enough: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not enough():
        if time.monotonic() > until:
            raise TimeoutError("it does not come to what is described")
        time.sleep(0.001)


def one_after_another(gateway: Gateway) -> list[socket.socket]:
    """The accept loop has taken each before the next comes, for as long as there is room for it."""
    clients = []
    for i in range(CROWD):
        clients.append(gateway.connect())
        wait_until(lambda: i >= SERVED or gateway.look()[2] == 0)
    return clients


def at_once(gateway: Gateway) -> list[socket.socket]:
    """The server has no CPU meanwhile, as on a busy machine it may not have."""
    gateway.process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, gateway.process.pid, os.WSTOPPED)
    clients = [gateway.connect() for _ in range(CROWD)]
    gateway.tell("before it has the CPU")
    gateway.process.send_signal(signal.SIGCONT)
    wait_until(lambda: gateway.look()[0]["in SYN-SENT"] == 0)
    return clients


def show(program: str) -> None:
    for somaxconn, come, words, when in [
        (4096, one_after_another, "one after another", "then"),
        (8, one_after_another, "one after another", "then"),
        (8, at_once, "at once", "after they have tried again"),
    ]:
        print(f"somaxconn {somaxconn}, {CROWD} clients, {words}")
        with Gateway(program, somaxconn) as gateway:
            clients = come(gateway)
            gateway.tell(when)
            for client in clients:
                client.close()


def main() -> None:
    try:
        enter_network()
    except OSError as error:
        sys.exit(f"skipped: not permitted here: {error}")
    show(sys.argv[1])


if __name__ == "__main__":
    main()
