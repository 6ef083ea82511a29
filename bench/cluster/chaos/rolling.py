"""Every gateway restarts, one after the other, under steady load."""

import signal

import resp
from cluster import balancer, clients, hosts
from cluster.hosts import GATEWAYS
from cluster.report import Report
from cluster.tier import DEPLOY, Tier
from waiting import Stopwatch, wait_until

IDLE = 30


def rolling(tier: Tier) -> Report:
    report = Report("rolling", "every gateway restarted, one after the other, under steady load")
    load = clients.steady_load(tier, rate=500)
    idle = clients.idle("client2", IDLE)
    moved = sum(restart(tier, gateway, load, idle, report) for gateway in GATEWAYS)
    result = load.result()
    for client in idle:
        client.close()
    report.counted("bench/load: requests answered", result["requests"], at_least=1)
    report.counted("bench/load: errors", result["errors"], equals=0)
    report.counted("bench/load: reconnects", result["reconnects"], equals=moved)
    return report


def restart(
    tier: Tier, gateway: str, load: clients.Load, idle: list[resp.Client], report: Report
) -> int:
    """Restarts it. Returns how many connections bench/load had there when it drained."""
    server = tier.servers[gateway]
    before = balancer.counts("gateways", gateway)
    here, elsewhere = divide(idle, gateway)
    wait_until(lambda: load.connected() == load.connections, "bench/load has dialled again")
    to_move = load.connected(gateway)
    stopwatch = Stopwatch()
    server.send(signal.SIGTERM)
    report.did(f"SIGTERM to {gateway}")
    balancer.wait_for("gateways", gateway, "NOLB")
    noticed = stopwatch.seconds()
    accepted = balancer.counts("gateways", gateway)["stot"]
    wait_until(lambda: not server.runs(), f"{gateway} ends")
    ended = stopwatch.seconds()
    report.did(f"{gateway} has ended")

    wait_until(lambda: all(client.closed_by_peer() for client in here), "idle clients are let go")
    kept = sum(not client.closed_by_peer() for client in elsewhere)
    answered = sum(dial_again(client) for client in here)
    after = balancer.counts("gateways", gateway)
    inter = balancer.settings(DEPLOY / "haproxy.cfg", "gateways")["inter"]
    report.measured(f"{gateway}: no new connection", noticed, predicted=inter)
    report.measured(f"{gateway}: ended", ended, predicted=tier.drain_seconds())
    report.counted(f"{gateway}: exit status", server.exit_status(), equals=0)
    for name, words in COUNTS.items():
        report.counted(f"{gateway}: {words}", after[name] - before[name], equals=0)
    report.counted(
        f"{gateway}: connections sent to it once it drained", after["stot"] - accepted, equals=0
    )
    report.counted(f"{gateway}: idle clients there, all closed cleanly", len(here), at_least=1)
    report.counted("  answered on their first new connection", answered, equals=len(here))
    report.counted("  idle clients elsewhere that kept theirs", kept, equals=len(elsewhere))

    server.start()
    balancer.wait_for("gateways", gateway, "UP")
    report.did(f"{gateway} is back")
    return to_move


COUNTS = {
    "econ": "connections that HAProxy could not make",
    "wretr": "connections that it tried again",
    "wredis": "connections that it gave to another",
}


def divide(idle: list[resp.Client], gateway: str) -> tuple[list[resp.Client], list[resp.Client]]:
    """The clients whose connection goes to the gateway, and the others."""
    servers = balancer.sessions("gateways")
    here = [client for client in idle if servers[client.address()] == gateway]
    return here, [client for client in idle if client not in here]


def dial_again(client: resp.Client) -> bool:
    """Whether its next request is answered on the first new connection."""
    client.close()
    try:
        with hosts.visiting("client2"):
            client.dial()
        return client.ask("GET", "nothing") is None
    except (OSError, resp.ErrorReply):
        return False
