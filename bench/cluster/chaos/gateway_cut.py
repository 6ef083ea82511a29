"""The cable of a gateway's host is pulled: nobody gets a FIN or an RST."""

from collections.abc import Callable

from cluster import balancer, clients, hosts
from cluster.hosts import ADDRESSES
from cluster.report import Report
from cluster.tier import DEPLOY, Tier, gateway_option, gateway_seconds
from waiting import Stopwatch, wait_until

GATEWAY = "gw1"
IDLE = 12
DOWN, LET_GO = "HAProxy has it down", "HAProxy has let its clients go"
GIVEN_UP = "it has given up the connections that nobody closed"


def gateway_cut(tier: Tier) -> Report:
    report = Report("gateway-cut", f"the link of {GATEWAY}'s host cut under steady load")
    load = clients.steady_load(tier, rate=500)
    idle = clients.idle("client2", IDLE)
    servers = balancer.sessions("gateways")
    there = [client for client in idle if servers[client.address()] == GATEWAY]
    to_move = load.connected(GATEWAY)
    checks_before = balancer.counts("gateways", GATEWAY)
    opened = tier.gateway_counters(GATEWAY)["connections_open"] - 1  # without the one that asks
    kernel_before = kernel_counters(GATEWAY)

    hosts.cut(GATEWAY)
    report.did(
        f"link of {GATEWAY} down: {to_move} connections of bench/load, {len(there)} idle ones"
    )
    after = moments(
        {
            DOWN: lambda: balancer.state("gateways", GATEWAY) == "DOWN",
            LET_GO: lambda: all(client.closed_by_peer() for client in there),
            GIVEN_UP: lambda: tier.gateway_counters(GATEWAY)["connections_open"] == 1,
        }
    )
    report.did(f"HAProxy and {GATEWAY}, which is still cut off, have given each other up")
    checks_after = balancer.counts("gateways", GATEWAY)
    kernel = {name: value - kernel_before[name] for name, value in kernel_counters(GATEWAY).items()}
    held = [address for address, _ in balancer.sessions("primary")].count(ADDRESSES[GATEWAY])
    hosts.mend(GATEWAY)
    balancer.wait_for("gateways", GATEWAY, "UP")
    report.did(f"link of {GATEWAY} is there again, and HAProxy has it up")
    result = load.result()
    for client in idle:
        client.close()

    checks = balancer.settings(DEPLOY / "haproxy.cfg", "gateways")
    noticed = balancer.down_after(checks, silent=True)
    for what, most in [(DOWN, noticed), (LET_GO, noticed), (GIVEN_UP, keepalive_seconds())]:
        report.measured(what, after[what], predicted=most)
    failed = checks_after["chkfail"] - checks_before["chkfail"]
    report.counted("checks that failed until then", failed, equals=checks["fall"])
    report.counted("bench/load: errors", result["errors"], equals=0)
    report.counted(
        "bench/load: reconnects, those that were there", result["reconnects"], equals=to_move
    )
    report.counted("idle clients there, all closed cleanly", len(there), at_least=1)
    report.counted("connections that the gateway had", opened, at_least=to_move + len(there))
    report.counted("  keepalive probes (TCPKeepAlive)", kernel["TCPKeepAlive"], at_least=len(there))
    aborted = kernel["TCPAbortOnTimeout"]
    report.counted(
        "  ended by the kernel (TCPAbortOnTimeout)", aborted, at_least=to_move + len(there)
    )
    report.counted("its connections to Redis that HAProxy has not given up yet", held)
    return report


def moments(conditions: dict[str, Callable[[], bool]]) -> dict[str, float]:
    """By the name of each condition: after how many seconds it first held. Waits for all."""
    stopwatch = Stopwatch()
    found: dict[str, float] = {}

    def all_have() -> bool:
        for name, condition in conditions.items():
            if name not in found and condition():
                found[name] = stopwatch.seconds()
        return len(found) == len(conditions)

    wait_until(all_have, " and ".join(conditions))
    return found


def keepalive_seconds() -> int:
    count = int(gateway_option("--keepalive-count"))
    idle, interval = map(gateway_seconds, ["--keepalive-idle", "--keepalive-interval"])
    return idle + count * interval


def kernel_counters(host: str) -> dict[str, int]:
    """The TCP counters of that host's network."""
    with hosts.visiting(host), open("/proc/thread-self/net/netstat", encoding="ascii") as netstat:
        lines = [line.split() for line in netstat if line.startswith("TcpExt:")]
    return dict(zip(lines[0][1:], map(int, lines[1][1:])))
