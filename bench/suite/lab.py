"""Where points are measured: the upstreams, a gateway in front of one, and the load on it."""

import contextlib
import json
import os
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any, TextIO

from processes import upstream_command
from suite.generator import Meanwhile, generate
from suite.point import Load, Point
from suite.server import Server
from suite.subjects import Subject, filled
from waiting import Failure

FIRST_PORT = 11000  # below the ports that the system gives to connections (ip_local_port_range)


class Lab:
    """Owns all processes; close() ends them."""

    def __init__(
        self,
        build: str,
        upstream: str,
        log: TextIO,
        *,
        inside_own_network: bool = False,
        with_peers: bool = False,
        also: Sequence[Subject] = (),
    ) -> None:
        self.build = os.path.abspath(build)
        self.upstream_kind = upstream  # origin, redis, or HOST:PORT.
        self.log = log
        self.inside_own_network = inside_own_network
        self.with_peers = with_peers
        self.also = also  # the reader's own peers
        self.warnings: list[str] = []
        self.facts: dict[str, Any] = {}  # of the current scenario
        self.upstreams: dict[tuple[str, int, int], Server] = {}
        # The values that an upstream holds which is not ours.
        self.filled: tuple[int, int] | None = None
        self.last_port = FIRST_PORT
        self.folder = tempfile.TemporaryDirectory()

    def close(self) -> None:
        for server in self.upstreams.values():
            server.kill()
        self.folder.cleanup()

    def free_port(self) -> int:
        while True:
            self.last_port += 1
            with socket.socket() as probe:
                try:
                    probe.bind(("127.0.0.1", self.last_port))
                    return self.last_port
                except OSError:
                    continue

    # --- What scenarios ask when they plan ---

    def peers(self, *subjects: Subject) -> list[Subject]:
        """Those of them that this run measures, and the reader's own."""
        found = []
        for subject in subjects if self.with_peers else ():
            if not subject.command and self.upstream_is_foreign():
                continue
            if subject.available(self.build):
                found.append(subject)
            else:
                self.warn(f"{subject.label}: left out, for {subject.package} is not installed")
        return [*found, *self.also]

    def warn(self, words: str) -> None:
        if words not in self.warnings:
            self.warnings.append(words)

    def note(self, name: str, value: Any) -> None:
        """A fact about the scenario that its answer needs."""
        self.facts[name] = value

    def upstream_is_foreign(self) -> bool:
        return ":" in self.upstream_kind

    # --- Processes ---

    def upstream(self, point: Point) -> tuple[str, Server | None]:
        """HOST:PORT of an upstream with this delay and these values, and its process, if ours."""
        load = point.load
        if self.upstream_is_foreign() and not point.delay:
            if self.filled != (load.value_size, load.keys):
                self.fill(self.upstream_kind, load)
                self.filled = (load.value_size, load.keys)
            return self.upstream_kind, None
        key = (point.delay, load.value_size, load.keys)
        if key not in self.upstreams:
            port = self.free_port()
            command = upstream_command(
                self.upstream_kind, self.build, port, self.folder.name, point.delay
            )
            self.upstreams[key] = Server.start(command, port, self.log)
            self.fill(f"127.0.0.1:{port}", load)
        server = self.upstreams[key]
        return f"127.0.0.1:{server.port}", server

    def fill(self, target: str, load: Load) -> None:
        size = [f"--value-size={load.value_size}", f"--keys={load.keys}", "--requests=1"]
        command = [f"{self.build}/bench/load/load", "--target", target, "--json", *size]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise Failure(result.stderr.strip() or f"{target} gave wrong replies")

    def gateway(self, point: Point, upstream: str) -> Server:
        port, stats_port = self.free_port(), self.free_port()
        config = f"{self.folder.name}/config.{port}"
        places = {
            "build": self.build,
            "listen": f"127.0.0.1:{port}",
            "listen_port": port,
            "upstream": upstream,
            "upstream_port": upstream.rsplit(":", 1)[1],
            "stats_port": stats_port,
            "config": config,
        }
        with open(config, "w", encoding="ascii") as file:
            file.write(filled(point.subject.config, places))
        arguments = [*point.subject.arguments(**places), *point.options.split()]
        gateway = Server.start(arguments, port, self.log)
        if not point.subject.forwards:
            self.fill(f"127.0.0.1:{port}", point.load)
        return gateway

    @contextlib.contextmanager
    def serving(self, point: Point) -> Iterator[tuple[Server, Server | None]]:
        """Runs what is measured in this context; also yields the upstream's process, if ours."""
        address, upstream = self.upstream(point)
        if not point.subject.command:
            assert upstream is not None
            yield upstream, upstream
            return
        server = self.gateway(point, address)
        try:
            yield server, upstream
        finally:
            server.kill()

    def load(
        self,
        port: int,
        load: Load,
        *,
        meanwhile: Meanwhile | None = None,
        requests: int | None = None,
    ) -> dict[str, Any]:
        """The output of the generator: for the load's time, or for so many requests."""
        options = load.arguments(requests)
        command = [f"{self.build}/bench/load/load", "--json", "--no-fill", *options]
        command += ["--target", f"127.0.0.1:{port}"]
        bound = load.seconds + load.warmup + 2 * load.timeout
        output, errors = generate(command, bound, meanwhile)
        if not output:
            raise Failure(errors.strip())
        return json.loads(output)
