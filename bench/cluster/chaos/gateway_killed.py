"""A gateway dies at once, as by the kernel's OOM killer."""

from cluster import balancer, clients
from cluster.report import Report
from cluster.tier import DEPLOY, Tier
from waiting import Stopwatch, wait_until

GATEWAY = "gw1"
IMPATIENT = 9


def gateway_killed(tier: Tier) -> Report:
    report = Report("gateway-killed", f"kill -9 of {GATEWAY} under steady load")
    load = clients.steady_load(tier, rate=500)
    impatient = [clients.Steady("client2", get, pause=0) for _ in range(IMPATIENT)]
    wait_until(lambda: all(client.answers for client in impatient), "clients are answered")
    servers = balancer.sessions("gateways")
    there = [client for client in impatient if servers[client.client.address()] == GATEWAY]
    elsewhere = [client for client in impatient if client not in there]
    to_move = load.connected(GATEWAY)
    before = balancer.counts("gateways", GATEWAY)

    stopwatch = Stopwatch()
    tier.servers[GATEWAY].kill()
    report.did(f"kill -9 of {GATEWAY}: {to_move} connections of bench/load, {len(there)} others")
    balancer.wait_for("gateways", GATEWAY, "DOWN")
    noticed = stopwatch.seconds()
    report.did("HAProxy has it down")
    after = balancer.counts("gateways", GATEWAY)
    tier.servers[GATEWAY].start()
    balancer.wait_for("gateways", GATEWAY, "UP")
    report.did(f"{GATEWAY} was started, and is up")
    result = load.result()
    for client in impatient:
        client.stop()

    checks = balancer.settings(DEPLOY / "haproxy.cfg", "gateways")
    report.measured("HAProxy has it down", noticed, predicted=balancer.down_after(checks))
    report.counted(
        "checks that failed until then", after["chkfail"] - before["chkfail"], equals=checks["fall"]
    )
    refused = after["wredis"] - before["wredis"]
    report.counted("connections to it refused meanwhile, given to another", refused)
    # The kernel closes the files of a dead process one by one. A connection made within these
    # milliseconds is still accepted, and then reset: its client redials once more.
    caught = after["stot"] - before["stot"] - refused
    report.counted("connections that it accepted while it died", caught)
    report.counted("bench/load, which retries once: errors", result["errors"], at_most=caught)
    report.counted(
        "bench/load: reconnects, those that were there",
        result["reconnects"],
        at_least=to_move,
        at_most=to_move + caught,
    )
    redials = sum(client.redials for client in there)
    failures = sum(len(client.failed()) for client in there)
    report.counted("clients that do not retry, there: failures", failures, at_most=redials)
    report.counted("  redials", redials, at_least=len(there), at_most=len(there) + caught)
    failures = sum(len(client.failed()) for client in elsewhere)
    report.counted("clients that do not retry, elsewhere: failures", failures, equals=0)
    report.counted("  redials", sum(client.redials for client in elsewhere), equals=0)
    return report


def get(_: int) -> list[str]:
    return ["GET", "nothing"]
