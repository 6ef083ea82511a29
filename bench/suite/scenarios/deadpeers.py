"""Clients that vanish without a word, and a server that has to notice."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any

from processes import start
from suite import evidence, subjects
from suite.lab import Lab
from suite.point import Point
from suite.results import ScenarioResults
from suite.scenario import Chart, Column, Scenario
from suite.server import Server
from waiting import Failure, poll_until

PEERS = 100
NEAR, FAR = "10.77.0.1", "10.77.0.2"
PROBES = "--keepalive-idle 2s --keepalive-interval 2s --keepalive-count 2"
STEPS_BEFORE, STEPS_AFTER, STEP_S = 2, 18, 0.5  # The cut.
WATCHED_S = STEPS_AFTER * STEP_S
ROWS = (
    subjects.KEEPALIVE.with_options("watched_3", "3 with keepalive", f"--keepalive on {PROBES}"),
    subjects.KEEPALIVE.with_options("unwatched_3", "3 without", "--keepalive off"),
    subjects.PIPELINING.with_options("watched_4", "4 with keepalive", f"--keepalive on {PROBES}"),
    subjects.PIPELINING.with_options("unwatched_4", "4 without", "--keepalive off"),
)


class Cable:
    """A second network behind a cable that can be cut."""

    def __init__(self) -> None:
        self.far = start(["unshare", "--net", "sleep", "600"])
        if not poll_until(self.is_apart):
            raise Failure("no second network")

    def is_apart(self) -> bool:
        return os.readlink(f"/proc/{self.far.pid}/ns/net") != os.readlink("/proc/self/ns/net")

    def connect(self) -> None:
        self.ip(f"link add near type veth peer name far netns {self.far.pid}")
        self.ip(f"addr add {NEAR}/24 dev near")
        self.ip("link set near up")
        self.ip(f"addr add {FAR}/24 dev far", far=True)
        self.ip("link set far up", far=True)

    def enter(self) -> list[str]:
        return ["nsenter", f"--net=/proc/{self.far.pid}/ns/net"]

    def ip(self, arguments: str, far: bool = False) -> None:
        command = [*(self.enter() if far else []), "ip", *arguments.split()]
        found = subprocess.run(command, capture_output=True, text=True, check=False)
        if found.returncode != 0:
            raise Failure(f"ip {arguments}: {found.stderr.strip()}")

    def cut(self) -> None:
        self.ip("link set far down", far=True)

    def close(self) -> None:
        subprocess.run(["ip", "link", "del", "near"], capture_output=True, check=False)
        self.far.kill()
        self.far.wait()


def measure(lab: Lab, point: Point) -> dict[str, Any]:
    """All variants at the same time, since it measures counts over seconds, not speed."""
    upstream, _ = lab.upstream(point)
    cable = Cable()
    gateways: dict[str, Server] = {}
    clients: subprocess.Popen[bytes] | None = None
    try:
        cable.connect()
        for row in point.rows:
            port = lab.free_port()
            places = {"build": lab.build, "listen": f"{NEAR}:{port}", "upstream": upstream}
            command = [*row.arguments(**places), "--public"]
            gateways[row.name] = Server.start(command, port, lab.log, host=NEAR)
        ports = [str(gateway.port) for gateway in gateways.values()]
        program = [sys.executable, "-m", "suite.silent_clients", NEAR, str(PEERS), *ports]
        clients = start([*cable.enter(), *program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert clients.stdout is not None
        if clients.stdout.readline() != b"ready\n":
            raise Failure("the clients could not connect")
        series = watch(gateways, cable)
    finally:
        if clients:
            clients.kill()
            clients.wait()
        for gateway in gateways.values():
            gateway.kill()
        cable.close()
    return {"rows": {row: run_of(samples) for row, samples in series.items()}}


def run_of(samples: list[list[float]]) -> dict[str, Any]:
    _, threads, sockets, mib = samples[-1]
    values = {"threads_left": threads, "sockets_left": sockets, "mib_left": mib}
    return {"values": values, "errors": {}, "series": samples}


def watch(gateways: Mapping[str, Server], cable: Cable) -> dict[str, list[list[float]]]:
    """[seconds since the cut, threads, sockets of clients, MiB] of each, before and after it."""
    series: dict[str, list[list[float]]] = {row: [] for row in gateways}
    at_rest = {
        row: evidence.status(gateway.pid)["descriptors"] for row, gateway in gateways.items()
    }
    started = time.monotonic()
    for step in range(-STEPS_BEFORE, STEPS_AFTER + 1):
        time.sleep(max(0, started + (step + STEPS_BEFORE) * STEP_S - time.monotonic()))
        if step == 0:
            cable.cut()
        for row, gateway in gateways.items():
            now = evidence.status(gateway.pid)
            sockets = PEERS + now["descriptors"] - at_rest[row]
            since = step * STEP_S
            series[row].append([since, now["threads"], sockets, round(now["rss_mib"], 2)])
    return series


def points(lab: Lab) -> list[Point]:
    if not lab.inside_own_network or os.geteuid() != 0:
        lab.warn("deadpeers: left out, for it takes networks of our own, and root")
        return []
    seconds = STEPS_BEFORE * STEP_S + WATCHED_S + 1.5
    return [Point(subjects.KEEPALIVE, rows=ROWS, measure=measure, expected_seconds=seconds)]


def answer(found: ScenarioResults) -> Iterator[str]:
    for row in found.rows():
        threads, sockets = found.median(row, "threads_left"), found.median(row, "sockets_left")
        yield (
            f"{found.label(row)}: {WATCHED_S:.0f} s after {PEERS} clients vanished, {sockets:.0f} of their sockets "
            f"are left, and {threads:.0f} threads."
        )


SCENARIO = Scenario(
    name="deadpeers",
    question="What becomes of clients that vanish without a word?",
    prediction=(
        "A host that loses its power sends no FIN. Without keepalive, its socket stays for as long as "
        "--idle-timeout allows, and at stage 3 its thread, too. Keepalive asks, and gives up idle + "
        "count x interval after the last sign of life: with the 2 s, 2 and 2 s set here, 6 seconds."
    ),
    load=(
        f"{PEERS} clients at each of four gateways, in a network of their own; the cable is cut at 0. "
        "The default of stage 3 is 180 s + 3 x 60 s; shortened here to be watched."
    ),
    points=points,
    answer=answer,
    columns=(
        Column("sockets left", "sockets_left"),
        Column("threads left", "threads_left"),
        Column("RSS MiB left", "mib_left", 1),
    ),
    charts=(
        Chart("2", "client sockets", "Sockets of clients that vanished at 0", kind="series"),
        Chart("1", "threads", "Threads of the gateway", kind="series"),
        Chart("3", "resident memory, MiB", "Resident memory of the gateway", kind="series"),
    ),
)
