"""The Sentinel that HAProxy asks first goes away, and must not take the primary with it."""

from cluster import balancer, clients
from cluster.hosts import ADDRESSES
from cluster.report import Report
from cluster.tier import Tier


def sentinel_killed(tier: Tier) -> Report:
    report = Report("sentinel-killed", "kill -9 of the Sentinel on HAProxy's own host")
    load = clients.steady_load(tier, rate=500)
    primary = ADDRESSES[tier.primary()]
    before = balancer.counts("primary", primary)
    tier.servers["sentinel-lb"].kill()
    report.did("kill -9 of Sentinel on lb")
    balancer.wait_for("sentinels", "lb", "DOWN")
    report.did("HAProxy has it down, and asks another")
    after = balancer.counts("primary", primary)
    up = tier.primaries()
    result = load.result()
    report.counted("checks of the primary that failed", after["chkfail"] - before["chkfail"])
    report.counted("how often it was down", after["chkdown"] - before["chkdown"], equals=0)
    report.counted("primaries that HAProxy has", len(up), equals=1)
    report.counted("bench/load: errors", result["errors"], equals=0)
    report.counted("bench/load: reconnects", result["reconnects"], equals=0)
    return report
