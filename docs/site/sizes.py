"""What follows from the files of docs/deploy and from what was measured, by arithmetic: timers of the
tier, and a million connections."""

import re
from typing import cast

from cluster import balancer, connections, tier
from cluster.chaos.gateway_cut import keepalive_seconds
from cluster.chaos.primary import failover_seconds
from suite.scenarios.clients import bytes_a_connection
from docs.site.measured import Measured, table

PORTS = 60999 - 32768 + 1  # net.ipv4.ip_local_port_range as it is by default.


def deployed(name: str) -> str:
    """A number that the files give; times in seconds."""
    gateways, redis = (
        balancer.settings(tier.DEPLOY / "haproxy.cfg", name) for name in ["gateways", "primary"]
    )
    figures = {
        "inter": gateways["inter"],
        "fall": gateways["fall"],
        "check_timeout": gateways["timeout"],
        "down": balancer.down_after(gateways),
        "down_silent": balancer.down_after(gateways, silent=True),
        "up": gateways["inter"] * gateways["rise"],
        "redis_down": balancer.down_after(redis),
        "drain_delay": tier.gateway_seconds("--drain-delay"),
        "drain": tier.Tier.drain_seconds(),
        "failover": failover_seconds(),
        "lab_keepalive": keepalive_seconds(),
        "redis_keepalive": haproxy_keepalive("redis"),
        "gateways": len(tier.GATEWAYS),
        "pool": pool(),
        "connections": connections.most_of_the_tier(),
        "ports": PORTS,
        "ports_of_all": len(tier.GATEWAYS) * PORTS,
    }
    return f"{figures[name]:,g}"


def pool() -> int:
    return int(tier.gateway_option("--pool-max-open"))


def haproxy_keepalive(frontend: str) -> int:
    """Until HAProxy gives up a client of this frontend that is gone without a word."""
    text = (tier.DEPLOY / "haproxy.cfg").read_text(encoding="utf-8")
    own = text.partition(f"frontend {frontend}\n")[2].partition("\n\n")[0]
    idle, interval, count = (
        int(re.findall(rf"clitcpka-{name} (\d+)", own + text)[0])
        for name in ["idle", "intvl", "cnt"]
    )
    return idle + interval * count


WORKERS = 2  # A machine of two CPUs, as in the pages.


def in_source(path: str, name: str) -> int:
    """A constant of the program."""
    found = re.search(rf"constexpr [\w:]+ {name} = (\d+);", (tier.ROOT / path).read_text("utf-8"))
    if not found:
        raise ValueError(f"{path} has no constant {name}")
    return int(found[1])


def descriptors(clients: int) -> int:
    """What a gateway of stage 4 takes for so many clients."""
    always = in_source("common/operations/run_main.cpp", "always")
    each_worker = in_source("stage4_workers/main.cpp", "descriptors_each")
    return clients + always + pool() + WORKERS * each_worker


CLIENTS, GATEWAYS, BALANCERS = 1_000_000, 12, 3
SOCKET_KIB = 4  # Its objects in the kernel, rounded up.
HAPROXY_SESSIONS_A_GB = 20_000  # Its authors' figure.
KEEPALIVE_S = 180


def million(measured: Measured) -> str:
    """A million connections: for each, for all, and for each of the machines."""
    client_kib = cast(float, bytes_a_connection(measured.found["clients"], "stage4")) / 1024
    reconnect = measured.found["reconnect"]
    accepts = cast(float, reconnect.median("stage4", "requests_per_second", None))
    each, sessions = CLIENTS / GATEWAYS, CLIENTS / BALANCERS
    lines = [
        (f"**each of {GATEWAYS} gateways**", "", "", f"{each:,.0f} clients"),
        ("resident memory", f"{client_kib:.1f} KiB", gib(client_kib), gib(client_kib / GATEWAYS)),
        ("sockets", f"{SOCKET_KIB} KiB", gib(SOCKET_KIB), gib(SOCKET_KIB / GATEWAYS)),
        ("descriptors", "1", f"{CLIENTS:,}", f"{descriptors(round(each)):,}"),
        (
            "to accept them anew",
            f"{1e6 / accepts:.0f} us",
            f"{CLIENTS / accepts:.0f} s",
            f"{each / accepts:.1f} s",
        ),
        ("keepalive, all idle", f"1 in {KEEPALIVE_S} s", rate(CLIENTS), rate(each)),
        (f"**each of {BALANCERS} balancers**", "", "", f"{sessions:,.0f} clients"),
        (
            "memory, sockets included",
            f"{1e6 / HAPROXY_SESSIONS_A_GB:.0f} kB",
            f"{CLIENTS / HAPROXY_SESSIONS_A_GB:.0f} GB",
            f"{sessions / HAPROXY_SESSIONS_A_GB:.0f} GB",
        ),
        ("descriptors", "2", f"{2 * CLIENTS:,}", f"{2 * sessions:,.0f}"),
        ("ports", "1", f"{CLIENTS:,}", f"{sessions:,.0f} of {GATEWAYS * PORTS:,}"),
        ("keepalive, all idle", f"1 in {KEEPALIVE_S} s", rate(CLIENTS), rate(sessions)),
        ("**Redis**: connections, at most", "", "", f"{GATEWAYS * pool():,}"),
    ]
    return table(["", "for each", "for a million", "for a machine"], lines)


def gib(kib_each: float) -> str:
    return f"{kib_each * CLIENTS / 2**20:.1f} GiB"


def rate(clients: float) -> str:
    return f"{clients / KEEPALIVE_S:,.0f} a second"
