"""What is measured: the stages, and what one would use instead. Each is a command."""

import os
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Subject:
    """A row of a table. Its command has the placeholders {listen} and {upstream}, both HOST:PORT,
    and {listen_port}, {upstream_port}, {build} and {config}, a file that holds `config`."""

    name: str
    label: str
    command: str = ""  # Without one the load goes to the upstream itself.
    config: str = ""
    stage: int = 0  # 0: a peer.
    forwards: bool = True  # As a gateway does; if not, it holds the values itself.
    needs: str = ""  # The program that has to be installed, or be in {build}.
    package: str = ""  # What brings it.
    shell: bool = False  # Whether a shell reads the command, as one of the reader's own.

    def with_options(self, name: str, label: str, options: str) -> "Subject":
        return Subject(name, label, f"{self.command} {options}", stage=self.stage)

    def arguments(self, **places: object) -> list[str]:
        if self.shell:
            return ["/bin/sh", "-c", "exec " + filled(self.command, places)]
        return [filled(word, places) for word in shlex.split(self.command)]

    def available(self, build: str) -> bool:
        needs = self.needs.format(build=build)
        return not needs or bool(shutil.which(needs)) or os.access(needs, os.X_OK)


def filled(text: str, places: Mapping[str, object]) -> str:
    for name, value in places.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text


def stage(number: int, name: str, label: str) -> Subject:
    command = f"{{build}}/{name}/{name} --listen {{listen}} --upstream {{upstream}}"
    return Subject(f"stage{number}", label, command, stage=number)


NAIVE = stage(1, "stage1_naive", "1 naive")
POOL = stage(2, "stage2_pool", "2 + pool")
KEEPALIVE = stage(3, "stage3_keepalive", "3 + kept clients")
PIPELINING = stage(4, "stage4_workers", "4 + pipelining")
WORKERS = PIPELINING.with_options("stage4_depth1", "4 + workers", "--pipeline-depth 1")
ONE_WORKER = PIPELINING.with_options("stage4_one_worker", "4, one worker", "--workers 1")
LADDER = [NAIVE, POOL, KEEPALIVE, WORKERS, PIPELINING]

TWEMPROXY_CONFIG = """\
gateway:
  listen: {listen}
  redis: true
  servers:
    - {upstream}:1
"""
HAPROXY_CONFIG = """\
global
  nbthread 1
  maxconn 4000
defaults
  mode tcp
  timeout connect 1s
  timeout client 15m
  timeout server 15m
frontend gateway
  bind {listen}
  default_backend upstream
backend upstream
  server upstream {upstream}
"""

BARE_EPOLL = Subject(
    "bare_epoll",
    "bare epoll, no upstream",
    "{build}/bench/peers/bare_epoll --listen {listen}",
    forwards=False,
)
BARE_SOCKETS = Subject(
    "bare_sockets",
    "bare sockets, as 1 naive",
    "{build}/bench/peers/bare_gateway --listen {listen} --upstream {upstream}",
)
FED_4, FED_50 = (
    Subject(
        f"fed_{n}",
        f"3, {n} threads fed by a channel",
        f"{{build}}/bench/peers/channel_workers --listen {{listen}} --upstream {{upstream}} --workers {n}",
        stage=3,
    )
    for n in (4, 50)
)
LISTENERS = Subject(
    "listeners",
    "4 + workers, a listener each",
    "{build}/bench/peers/reuseport_workers --listen {listen} --upstream {upstream} --pipeline-depth 1",
    stage=4,
)
DIRECT = Subject("direct", "the upstream itself", forwards=False)
TWEMPROXY = Subject(
    "twemproxy",
    "twemproxy",
    "nutcracker --conf-file {config} --output /dev/null --stats-port {stats_port}",
    config=TWEMPROXY_CONFIG,
    needs="nutcracker",
    package="nutcracker",
)
HAPROXY = Subject(
    "haproxy",
    "HAProxy, TCP mode",
    "haproxy -db -q -f {config}",
    config=HAPROXY_CONFIG,
    needs="haproxy",
    package="haproxy",
)


def go(name: str, label: str) -> Subject:
    return Subject(
        f"go_{name}",
        label,
        f"{{build}}/bench/peers/go_gateway --stage {name} --listen {{listen}} --upstream {{upstream}}",
        needs="{build}/bench/peers/go_gateway",
        package="golang-go",
    )


GO_NAIVE = go("naive", "Go 1: goroutines")
GO_POOL = go("pool", "Go 2: + pool")
GO_KEEPALIVE = go("keepalive", "Go 3: + kept clients")
GO_CHANNEL = go("channel", "Go 4: channel, as published")
GO_CORRECTED = go("corrected", "Go 4: channel, corrected")
GO = [GO_NAIVE, GO_POOL, GO_KEEPALIVE, GO_CORRECTED]
PROXIES = [TWEMPROXY, HAPROXY]
PEERS = [*GO, *PROXIES, DIRECT, BARE_EPOLL]
BESIDE_STAGE_4 = [ONE_WORKER, GO_KEEPALIVE, GO_CORRECTED, *PROXIES, DIRECT, BARE_EPOLL]


def also(definition: str) -> Subject:
    """The subject of `--also NAME=COMMAND`. Raises ValueError with one line."""
    name, equals, command = definition.partition("=")
    if not equals or not name.strip() or not command.strip():
        raise ValueError(f"'{definition}' is not NAME=COMMAND")
    if "{listen}" not in command and "{listen_port}" not in command:
        raise ValueError(f"the command of '{name}' does not say where to put {{listen}}")
    return Subject(f"also_{name.strip()}", name.strip(), command, shell=True)
