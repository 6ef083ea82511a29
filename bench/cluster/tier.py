"""The tier: what runs on which host, from the files of docs/deploy."""

import pathlib
import re
import shutil
from collections.abc import Callable, Iterable
from typing import Any

import resp
from cluster import balancer, hosts
from cluster.hosts import ADDRESSES, GATEWAYS, REDISES, SENTINELS
from cluster.server import Server
from waiting import wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "docs/deploy"
GATEWAY_PORT, REDIS_PORT, SENTINEL_PORT = 7004, 6379, 26379
# Each is on its own host, whose link may be cut.
GATEWAY, REDIS, SENTINEL = (
    ("127.0.0.1", port) for port in [GATEWAY_PORT, REDIS_PORT, SENTINEL_PORT]
)
ENTRANCE = (ADDRESSES["lb"], 6379)  # where clients connect
# Keepalive that notices a dead peer after 5 s instead of 6 minutes, and one worker per gateway: three
# gateways share this machine.
OWN_OPTIONS = """--workers 1
    --keepalive-idle 2s --keepalive-interval 1s --keepalive-count 3""".split()


def unit_options() -> list[str]:
    """The gateway's options in the systemd unit."""
    text = (DEPLOY / "systemd/stagecoach.service").read_text(encoding="utf-8")
    line = re.findall(r"^ExecStart=(.*)$", text.replace("\\\n", " "), re.MULTILINE)[0]
    return line.split()[1:]


def quoted(path: pathlib.Path) -> str:
    """As in a file of Redis."""
    return '"' + str(path).replace("\\", r"\\").replace('"', r"\"") + '"'


GATEWAY_OPTIONS = unit_options() + OWN_OPTIONS


def gateway_option(name: str) -> str:
    return GATEWAY_OPTIONS[GATEWAY_OPTIONS.index(name) + 1]


def gateway_seconds(name: str) -> int:
    """A duration that is whole seconds."""
    return int(gateway_option(name).removesuffix("s"))


class Tier:
    """`programs` is the build's folder, `folder` where the servers write."""

    def __init__(self, programs: str | pathlib.Path, folder: str | pathlib.Path) -> None:
        self.programs = pathlib.Path(programs).resolve()
        self.folder = pathlib.Path(folder).resolve()
        gateway = self.programs / "stage4_workers/stage4_workers"
        self.servers: dict[str, Server] = {}
        for host in REDISES:
            self.add(host, host, ["redis-server", self.folder / host / "redis.conf"])
        for host in SENTINELS:
            own = self.folder / host / "sentinel.conf"
            self.add(f"sentinel-{host}", host, ["redis-server", own, "--sentinel"])
        for host in GATEWAYS:
            self.add(host, host, [gateway, *GATEWAY_OPTIONS])
        self.add("haproxy", "lb", ["haproxy", "-db", "-f", DEPLOY / "haproxy.cfg"])

    @staticmethod
    def drain_seconds() -> int:
        """The most from SIGTERM to the end of a gateway."""
        delay, timeout = map(gateway_seconds, ["--drain-delay", "--drain-timeout"])
        return delay + timeout

    def add(self, name: str, host: str, command: Iterable[object]) -> None:
        self.servers[name] = Server(name, host, command, self.folder)

    def start(self) -> None:
        """Starts everything. Returns once each part has found the others."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        pathlib.Path("/run/haproxy").mkdir()
        hosts.make()
        self.write_configurations()
        for server in self.servers.values():
            if server.name == "sentinel-lb":
                # It asks again only after 10 s if it asks the primary too early.
                self.wait_for(
                    REDISES, lambda: self.has_replica(REDISES[0]), "Redis has its replica"
                )
            if server.name == "haproxy":
                # If the first check does not find a gateway, it is throttled for seconds.
                self.wait_for(GATEWAYS, self.gateways_answer, "the gateways answer")
            server.start()
        self.wait_until_whole()

    def wait_for(self, servers: list[str], condition: Callable[[], bool], what: str) -> None:
        """Also raises Failure if one of these servers has ended."""

        def holds() -> bool:
            for name in servers:
                self.servers[name].check()
            return condition()

        wait_until(holds, what)

    def gateways_answer(self) -> bool:
        return all(self.ask(host, GATEWAY, "PING") == "PONG" for host in GATEWAYS)

    def has_replica(self, primary: str) -> bool:
        replication = resp.pairs(self.ask(primary, REDIS, "INFO", "replication"))
        return "state=online" in replication.get("slave0", "")

    def write_configurations(self) -> None:
        """Redis and Sentinel rewrite their files, so each host has its own copy and directory."""
        for host in SENTINELS:
            own = self.folder / host
            own.mkdir()
            shutil.copy(DEPLOY / "sentinel.conf", own)
            if host in REDISES:
                text = (DEPLOY / "redis.conf").read_text(encoding="utf-8")
                text = re.sub(r"^dir .*", lambda _: f"dir {quoted(own)}", text, flags=re.MULTILINE)
                if host != REDISES[0]:
                    text += f"replicaof {ADDRESSES[REDISES[0]]} {REDIS_PORT}\n"
                (own / "redis.conf").write_text(text, encoding="utf-8")

    def wait_until_whole(self, seconds: float = 60) -> None:
        wait_until(self.is_whole, "every part of the tier finds the others", seconds)

    def is_whole(self) -> bool:
        for server in self.servers.values():
            server.check()
        states = balancer.states()
        return (
            [states.get(("gateways", host)) for host in GATEWAYS] == ["UP"] * len(GATEWAYS)
            and not balancer.throttled()
            and (primary := self.only_primary()) is not None
            and self.has_replica(primary)
            and all(self.sentinel_agrees(host, primary) for host in SENTINELS)
            and self.ask("client1", ENTRANCE, "EXISTS", "nothing") == 0
        )

    def stop(self) -> None:
        """Stops all at once. The end of the namespaces does the same, but nobody sees when."""
        for server in self.servers.values():
            if server.runs():
                server.kill()

    def heal(self) -> None:
        """Mends whatever was broken, and waits until all parts have found each other."""
        for host in ADDRESSES:
            hosts.mend(host)
        for server in self.servers.values():
            if not server.runs():
                server.start()
        self.wait_until_whole(seconds=90)

    # --- Questions to its parts, asked on their own hosts: a cut link is no obstacle ---

    def ask(self, host: str, target: tuple[str, int], *words: object) -> Any:
        """None if there is no answer, or an error."""
        try:
            with hosts.visiting(host), resp.Client(target, timeout=2) as client:
                return client.ask(*words)
        except (OSError, resp.ErrorReply):
            return None

    def answer(self, host: str, target: tuple[str, int], *words: object) -> Any:
        return wait_until(lambda: self.ask(host, target, *words), f"{host} answers {words}")

    def primaries(self) -> list[str]:
        """The hosts that HAProxy has up as primaries."""
        states = balancer.states()
        return [host for host in REDISES if states.get(("primary", ADDRESSES[host])) == "UP"]

    def only_primary(self) -> str | None:
        found = self.primaries()
        return found[0] if len(found) == 1 else None

    def primary(self) -> str:
        """The host to which HAProxy sends gateways, once it is exactly one."""
        return wait_until(self.only_primary, "HAProxy has one primary")

    def replica(self) -> str:
        primary = self.primary()
        return next(host for host in REDISES if host != primary)

    def sentinel_agrees(self, host: str, primary: str) -> bool:
        """Whether this Sentinel knows it, its replica and the two other Sentinels."""
        fields = self.ask(host, SENTINEL, "SENTINEL", "MASTER", "tier") or []
        known = dict(zip(fields[::2], fields[1::2]))
        return (
            known.get("ip") == ADDRESSES[primary]
            and known.get("flags") == "master"
            and known.get("num-slaves") == "1"
            and known.get("num-other-sentinels") == "2"
        )

    def entries(self, stream: str) -> list[str]:
        """The IDs of a stream's entries on the primary."""
        found = self.answer(self.primary(), REDIS, "XRANGE", stream, "-", "+")
        return [entry for entry, _ in found]

    def wait_for_requests(self, more: int) -> None:
        """Waits for so many, by the counters of the gateways. None of them may restart meanwhile."""

        def requests() -> int:
            return sum(self.gateway_counters(host)["requests"] for host in GATEWAYS)

        enough = requests() + more
        wait_until(lambda: requests() >= enough, f"the gateways get {more} requests more")

    def gateway_counters(self, host: str) -> dict[str, int]:
        """The numbers of INFO gateway."""
        return resp.numbers(self.answer(host, GATEWAY, "INFO", "gateway"))
