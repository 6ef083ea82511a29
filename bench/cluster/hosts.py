"""The hosts: network namespaces on one bridge, inside the lab's own network namespace."""

import contextlib
import ctypes
import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence

ADDRESSES = {
    "client1": "10.77.0.1",
    "client2": "10.77.0.2",
    "lb": "10.77.0.10",
    "gw1": "10.77.0.11",
    "gw2": "10.77.0.12",
    "gw3": "10.77.0.13",
    "redis1": "10.77.0.21",
    "redis2": "10.77.0.22",
}
CLIENTS = ["client1", "client2"]
GATEWAYS = ["gw1", "gw2", "gw3"]
REDISES = ["redis1", "redis2"]
SENTINELS = ["lb", *REDISES]
BRIDGE = "tier"

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000


def ip(*arguments: str, batch: Sequence[str] = ()) -> None:
    lines = "".join(f"{line}\n" for line in batch)
    command = ["ip", *arguments, *(["-batch", "-"] if batch else [])]
    subprocess.run(command, input=lines, text=True, check=True)


def make() -> None:
    """All hosts, each with its link to the bridge."""
    batch = ["link set lo up", f"link add {BRIDGE} type bridge", f"link set {BRIDGE} up"]
    for host in ADDRESSES:
        batch += [
            f"netns add {host}",
            f"link add {host} type veth peer name eth0 netns {host}",
            f"link set {host} master {BRIDGE} up",
        ]
    ip(batch=batch)
    for host, address in ADDRESSES.items():
        interface = ["link set lo up", f"addr add {address}/24 dev eth0", "link set eth0 up"]
        ip("-n", host, batch=interface)


def cut(host: str) -> None:
    """As if its cable were pulled: nobody gets a FIN or an RST."""
    ip("link", "set", host, "down")


def mend(host: str) -> None:
    ip("link", "set", host, "up")


def inside(host: str, command: Iterable[object]) -> list[str]:
    """The command line that runs this one on the host."""
    return ["nsenter", f"--net=/run/netns/{host}", "--", *map(str, command)]


@contextlib.contextmanager
def visiting(host: str) -> Iterator[None]:
    """Sockets that this thread makes here stay on the host for good."""
    with open("/proc/thread-self/ns/net", "rb") as home, open(f"/run/netns/{host}", "rb") as away:
        enter_network(away.fileno())
        try:
            yield
        finally:
            enter_network(home.fileno())


def enter_network(descriptor: int) -> None:
    if LIBC.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
