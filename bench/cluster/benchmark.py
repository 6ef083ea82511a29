"""Load from two hosts at once, merged into one report: through the tier, on one gateway, on Redis itself."""

import statistics
import time
from typing import Any

import load_report
import merge
from cluster import clients
from cluster.hosts import ADDRESSES, CLIENTS, GATEWAYS
from cluster.tier import ENTRANCE, GATEWAY_PORT, REDIS_PORT, Tier

CONNECTIONS = 50  # of each of the two
REPETITIONS = 3
# Per second, of each of the two.
MODES: dict[str, list[Any]] = {"closed": [], "open": ["--rate", 1000]}
HEAD_START = 2  # seconds to connect and to fill the keys
LABELS = {
    "tier": "HAProxy, three gateways, HAProxy, Redis",
    "gateway": "one gateway, HAProxy, Redis",
    "redis": "Redis",
}


def run(tier: Tier) -> list[dict[str, Any]]:
    """One dictionary per run: way, mode, repetition, and the merged report."""
    ways = {
        "tier": ENTRANCE,
        "gateway": (ADDRESSES[GATEWAYS[0]], GATEWAY_PORT),
        "redis": (ADDRESSES[tier.primary()], REDIS_PORT),
    }
    return [
        {"row": row, "mode": mode, "repetition": repetition, **measure(tier, target, options)}
        for repetition in range(REPETITIONS)
        for mode, options in MODES.items()
        for row, target in ways.items()
    ]


def measure(tier: Tier, target: tuple[str, int], options: list[object]) -> dict[str, Any]:
    start = ["--start-at", f"{time.time() + HEAD_START:.3f}"]
    options = [*options, *start, "--duration", "2s"]
    loads = [
        clients.Load(tier, host, *options, target=target, connections=CONNECTIONS)
        for host in CLIENTS
    ]
    merged = merge.merge([(load.host, load_report.read(load.output())) for load in loads])
    latency = merged["latency_us"]
    return {
        "requests_per_second": round(merged["requests_per_second"], 1),
        **{f"{name}_us": round(latency[name], 1) for name in ["p50", "p99", "p99.9"]},
        "errors": merged["errors"],
        "places": len(merged["places"]),
    }


def median(runs: list[dict[str, Any]], row: str, mode: str, metric: str) -> float:
    return statistics.median(
        run[metric] for run in runs if run["row"] == row and run["mode"] == mode
    )


def tell(runs: list[dict[str, Any]]) -> None:
    connections = len(CLIENTS) * CONNECTIONS
    rate = len(CLIENTS) * MODES["open"][1]
    print(
        f"\n{' and '.join(CLIENTS)}, {connections} connections in all, medians of {REPETITIONS} runs:"
    )
    print(f"    {'':<42}{'as fast as it goes':>20}{f'at {rate:,} a second':>22}")
    print(f"    {'':<42}{'requests/s':>20}{'p50':>11}{'p99':>11}")
    for row, label in LABELS.items():
        rate = median(runs, row, "closed", "requests_per_second")
        p50, p99 = (median(runs, row, "open", f"{name}_us") for name in ["p50", "p99"])
        print(f"    {label:<42}{rate:>20,.0f}{p50:>8,.0f} us{p99:>8,.0f} us")
    print(
        "    All hosts share this machine's cores: here a tier can only cost. What it buys is that"
    )
    print("    hosts can be added, and that one may fail.")
