"""The primary Redis goes away: told to stop, killed, or its cable pulled."""

import re
import signal
from collections.abc import Callable

from cluster import balancer, clients, hosts
from cluster.chaos.ledger import Ledger
from cluster.hosts import ADDRESSES
from cluster.report import Report
from cluster.tier import DEPLOY, REDIS, Tier
from waiting import Stopwatch, wait_until

WRITERS = 6


def primary_stopped(tier: Tier) -> Report:
    """Before it ends, Redis waits until its replica has everything."""
    report = Report("primary-stopped", "SIGTERM to the Redis that is primary")
    return fail_over(tier, report, stop, most_lost=0)


def primary_killed(tier: Tier) -> Report:
    report = Report("primary-killed", "kill -9 of the Redis that is primary")
    return fail_over(tier, report, kill)


def primary_cut(tier: Tier) -> Report:
    report = Report("primary-cut", "the link of the Redis that is primary cut")
    return fail_over(tier, report, cut)


def replica_behind(tier: Tier) -> Report:
    """The worst that asynchronous replication allows."""
    report = Report("replica-behind", "the primary's link cut while its replica is behind")
    return fail_over(tier, report, cut, behind=50)


# What is done to a host, and its name.


def stop(tier: Tier, host: str) -> str:
    tier.servers[host].send(signal.SIGTERM)
    return f"SIGTERM to {host}"


def kill(tier: Tier, host: str) -> str:
    tier.servers[host].kill()
    return f"kill -9 of {host}"


def cut(_: Tier, host: str) -> str:
    hosts.cut(host)
    return f"link of {host} down"


def fail_over(
    tier: Tier,
    report: Report,
    fault: Callable[[Tier, str], str],
    most_lost: int | None = None,
    behind: int = 0,
) -> Report:
    """`behind`: so many acknowledged writes do not reach the replica."""
    old, new = tier.primary(), tier.replica()
    load = clients.steady_load(tier, rate=300)
    ledger = Ledger(WRITERS)
    ledger.wait_for(50 * WRITERS)
    if behind:
        ledger.without_replica(lambda: hosts.cut(new))
        ledger.wait_for(behind)
        report.did(f"{behind} writes acknowledged that {new}, the replica, does not get")

    stopwatch = Stopwatch()
    ledger.primary_fails()
    report.did(fault(tier, old))
    hosts.mend(new)
    balancer.wait_for("primary", ADDRESSES[new], "UP")
    followed = stopwatch.seconds()
    report.did(f"Sentinel has promoted {new}, and HAProxy follows")
    wait_until(ledger.answered_again, "each writer is answered again")
    recovered = stopwatch.seconds()
    report.did("each writer is answered again")
    down = balancer.counts("primary", ADDRESSES[old])
    hosts.mend(old)
    if not tier.servers[old].runs():
        tier.servers[old].start()
    role = tier.answer(old, REDIS, "ROLE")[0]
    report.did(f"{old} is back")
    wait_until(tier.is_whole, f"{old} is a replica", 60)
    report.did(f"{old} is a replica")
    ledger.stop()
    result = load.result()

    report.measured("HAProxy follows", followed, predicted=failover_seconds())
    report.measured("each writer is answered again", recovered)
    report.counted("bench/load: requests answered", result["requests"], at_least=1)
    for cause, count in result["errors_by_cause"].items():
        report.counted(f"bench/load: {cause}", count)
    report.counted("bench/load: reconnects", result["reconnects"], equals=0)
    again = balancer.counts("primary", ADDRESSES[old])["stot"] - down["stot"]
    report.counted(f"what {old} says that it is when it comes back", role, equals="master")
    report.counted("  connections that HAProxy sent to it all the same", again, equals=0)
    ledger.tell(report, tier.entries(ledger.stream), most_lost)
    return report


def failover_seconds() -> float:
    """The most until HAProxy has the new primary up, if the first vote elects a Sentinel."""
    text = (DEPLOY / "sentinel.conf").read_text(encoding="utf-8")
    missed = int(re.findall(r"down-after-milliseconds tier (\d+)", text)[0]) / 1000
    checks = balancer.settings(DEPLOY / "haproxy.cfg", "primary")
    return missed + PINGED + ELECTED + PROMOTED + checks["inter"] * checks["rise"]


# Sentinel's own periods, in seconds (sentinel.c of Redis 7.0): it pings each second, waits up to a second
# at random before it asks for votes, and each second asks the promoted one for its role.
PINGED, ELECTED, PROMOTED = 1, 1, 1
