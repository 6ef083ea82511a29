"""Measures a point."""

import statistics
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from suite import evidence
from suite.lab import Lab
from suite.point import Point
from suite.server import Server
from waiting import Failure


During = Callable[[Server, Server | None], None]  # gets the gateway and the upstream
COUNTED_REQUESTS = 20000  # and so many more for each request that a client sends at once,
COUNTED_A_DEPTH = 2000  # so that connecting does not count.
ONLY_OURS = ["clients_answered", "dials", "reconnects"]  # other generators do not count them
LEDGER = {  # our name, and the name in INFO gateway
    "accepts": "connections_accepted",
    "threads_started": "threads_started",
    "dials": "upstream_dials",
    "upstream_writes": "upstream_writes",
}
DROPPED = "kept connection closed by the server"
IN_TIME_US = 100_000  # a reply later than this after the intended send is of no use


def measure(lab: Lab, point: Point, during: During | None = None) -> dict[str, Any]:
    """A run: its values, its errors, and what was counted meanwhile. `during` is called with the
    gateway and the upstream once the load runs."""
    with lab.serving(point) as (server, upstream):
        return measure_server(lab, point, server, upstream, during)


def measure_server(
    lab: Lab, point: Point, server: Server, upstream: Server | None, during: During | None
) -> dict[str, Any]:
    stage = point.subject.stage
    # Asked twice, so that the cost of asking is known and can be subtracted.
    first, before = (server.info(), server.info()) if stage else ({}, {})
    samples: list[dict[str, float]] = []

    def meanwhile(ended: threading.Event) -> None:
        if during:
            time.sleep(0.1)  # it first learns the kind of server
            during(server, upstream)
        while not ended.wait(0.3):
            server.check_that_it_runs()
            samples.append(evidence.status(server.pid))

    time_wait = evidence.time_wait_sockets()
    machine = evidence.Machine()
    network = evidence.network_counters()
    cpu = cpu_seconds(server, upstream)
    result = put_load(lab, point, server, meanwhile=meanwhile)
    server.check_that_it_runs()
    shares = machine.shares()
    gateway_cpu, upstream_cpu = (
        now - then for now, then in zip(cpu_seconds(server, upstream), cpu)
    )
    network = {name: value - network[name] for name, value in evidence.network_counters().items()}
    samples.append(evidence.status(server.pid))

    # An error reply is work, too.
    replies = max(result["replies_in_all"] + result["errors"], 1)
    run = values_of(result)
    run |= {
        "cpu_us_per_request": gateway_cpu / replies * 1e6,
        "threads": max(sample["threads"] for sample in samples),
        "rss_mib": max(sample["rss_mib"] for sample in samples),
        "peak_rss_mib": samples[-1]["peak_rss_mib"],
        "time_wait_before": time_wait,
        "time_wait_after": evidence.time_wait_sockets(),
        "listen_overflows": network.pop("listen_overflows"),
        **shares,
    }
    if upstream:
        run["upstream_cpu_us_per_request"] = upstream_cpu / replies * 1e6
    run |= {f"{name}_per_request": value / replies for name, value in network.items()}
    if stage:
        run |= mechanism(first, before, server.info())
    if point.load.rate:
        run |= {f"sent_{name}_us": value for name, value in result["service_time_us"].items()}
        run["goodput_per_second"] = in_time(result["latency_histogram_us"]) / result["elapsed_s"]
    run["mib_per_second"] = run["requests_per_second"] * point.load.value_size / 2**20
    if point.subject.command:
        usage, code = server.stop()
        run["voluntary_switches_per_request"] = usage.ru_nvcsw / replies
        run["involuntary_switches_per_request"] = usage.ru_nivcsw / replies
        run["switches_per_request"] = (usage.ru_nvcsw + usage.ru_nivcsw) / replies
        if stage and code != 0:
            raise Failure(f"{point.name} ended with exit code {code}")
    errors = dict(result["errors_by_cause"])
    if result.get("reconnects"):
        errors[DROPPED] = result["reconnects"]
    histograms = {"latency": result["latency_histogram_us"]}
    if point.load.rate:  # as sent, beside as felt
        histograms["service_time"] = result["service_time_histogram_us"]
    return {"values": run, "errors": errors, "histograms": histograms}


def cpu_seconds(*servers: Server | None) -> list[float]:
    return [evidence.cpu_seconds(server.pid) if server else 0.0 for server in servers]


def capacity(lab: Lab, point: Point) -> float:
    """Requests a second: the median of three runs."""
    runs = (measure(lab, point)["values"]["requests_per_second"] for _ in range(3))
    return statistics.median(runs)


def count_system_calls(lab: Lab, point: Point) -> float | None:
    """Per request, in a run that is not timed, because counting costs time. None without perf."""
    requests = COUNTED_REQUESTS + COUNTED_A_DEPTH * point.load.pipeline
    with lab.serving(point) as (server, _), evidence.SystemCalls(server.pid) as calls:
        result = put_load(lab, point, server, requests=requests)
    return calls.count and calls.count / max(result["replies_in_all"], 1)


def put_load(lab: Lab, point: Point, server: Server, **options: Any) -> dict[str, Any]:
    return (point.generator or Lab.load)(lab, server.port, point.load, **options)


def values_of(result: dict[str, Any]) -> dict[str, Any]:
    """The generator's results."""
    return {
        "requests_per_second": result["requests_per_second"],
        "requests": result["requests"],
        "failed": result["errors"],
        "failed_share": result["errors"] / max(result["errors"] + result["replies_in_all"], 1),
        "seconds": result["elapsed_s"],
        **{name: result[name] for name in ONLY_OURS if name in result},
        "generator_cpu_us_per_request": result["cpu_us_per_request"],
        "generator_busy": result["cpu_us_per_request"] * result["requests_per_second"] / 1e6,
        **{f"{name}_us": value for name, value in result["latency_us"].items()},
    }


def in_time(histogram: Iterable[Sequence[Any]]) -> int:
    """How many requests of an open loop had their reply while it was of use."""
    return sum(count for microseconds, count in histogram if microseconds <= IN_TIME_US)


def mechanism(
    first: Mapping[str, int], before: Mapping[str, int], after: Mapping[str, int]
) -> dict[str, float]:
    """The ledger: what a stage counted per request, without the requests that asked for the counts."""

    def counted(name: str) -> int:
        return after[name] - before[name] - (before[name] - first[name])

    requests = max(counted("requests"), 1)
    return {f"{ours}_per_request": counted(theirs) / requests for ours, theirs in LEDGER.items()}
