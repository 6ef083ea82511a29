"""HAProxy: what it thinks of each server and what it counted, by its socket; and what its file says."""

import csv
import pathlib
import re
import socket

from waiting import wait_until

SOCKET = "/run/haproxy/admin.sock"
COUNTS = ["econ", "wretr", "wredis", "chkfail", "chkdown", "scur", "stot"]


def command(line: str) -> str:
    """The answer; empty if HAProxy does not run."""
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(SOCKET)
            connection.sendall(f"{line}\n".encode())
            return b"".join(iter(lambda: connection.recv(65536), b"")).decode()
        except OSError:
            return ""


def rows() -> dict[tuple[str, str], dict[str, str]]:
    """By (backend, server): the fields of `show stat`, by name."""
    lines = command("show stat").lstrip("# ").splitlines()
    return {(row["pxname"], row["svname"]): row for row in csv.DictReader(lines)}


def states() -> dict[tuple[str, str], str]:
    """By (backend, server): UP, DOWN, NOLB and so on. A state that is about to change has a number
    (UP 1/2), and counts as what it still is."""
    return {server: row["status"].partition(" ")[0] for server, row in rows().items()}


def state(backend: str, server: str) -> str | None:
    """None if HAProxy does not answer."""
    return states().get((backend, server))


def wait_for(backend: str, server: str, expected: str) -> None:
    what = f"HAProxy has {server} {expected}"
    wait_until(lambda: state(backend, server) == expected, what)


def throttled() -> set[tuple[str, str]]:
    """Servers that came back just now, and still get few new connections (slowstart)."""
    return {server for server, row in rows().items() if row["throttle"]}


def counts(backend: str, server: str) -> dict[str, int]:
    """Since HAProxy started: connection errors, retries, redispatches, failed checks and so on."""
    row = rows()[backend, server]
    return {name: int(row[name] or 0) for name in COUNTS}


def sessions(backend: str) -> dict[tuple[str, int], str]:
    """By the client's (address, port): the server that its connection goes to."""
    pattern = rf"src=([\d.]+):(\d+) .*be={backend} srv=(\S+)"
    found = re.findall(pattern, command("show sess"))
    return {(address, int(port)): server for address, port, server in found}


def settings(path: pathlib.Path, backend: str) -> dict[str, int]:
    """The settings of a backend's checks: inter in seconds, fall, rise; and `timeout check`."""
    text = path.read_text(encoding="utf-8")
    line = re.findall(r"default-server (.*)", text.partition(f"backend {backend}\n")[2])[0]
    found = {
        name: int(re.findall(rf"\b{name} (\d+)", line)[0]) for name in ["inter", "fall", "rise"]
    }
    return found | {"timeout": int(re.findall(r"timeout check (\d+)s", text)[0])}


def down_after(checks: dict[str, int], silent: bool = False) -> int:
    """How long a failed server can pass for up. `fall` checks in a row have to fail, and the last
    good one may have been just before. A silent server costs each check its timeout, after which
    the next comes `inter` later."""
    return checks["fall"] * (checks["inter"] + (checks["timeout"] if silent else 0))
