"""A slice: half a second of load on one stage, and its result."""

import asyncio
import json
import time
from typing import Any

from lab.child import end, spawn
from lab.rules import Load
from lab.stage import LEDGER, Stage
from suite import point

SECONDS = 0.5
WARMUP_SECONDS = 0.05
TIMEOUT_SECONDS = 1.0
LONGEST_SECONDS = 30  # for a burst that hits all clients of a stage


def arguments(load: Load) -> list[str]:
    """The load of a slice on a stage, in the suite's words."""
    options = point.Load(
        connections=load.clients,
        seconds=SECONDS,
        warmup=WARMUP_SECONDS,
        pipeline=load.depth,
        value_size=load.value_size,
        connection=load.connection,
        rate=load.rate if load.loop == "open" else None,
        timeout=TIMEOUT_SECONDS,
    )
    return [f"--get-ratio={load.get_percent / 100}", *options.arguments()]


async def generate(build: str, port: int, options: list[str]) -> dict[str, Any]:
    """The report of the load generator; if there is none, its one line as the only error. The keys
    already have their values."""
    process = await spawn(
        f"{build}/bench/load/load",
        *["--target", f"127.0.0.1:{port}", "--json", "--no-fill", *options],
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            output, words = await process.communicate()
    except TimeoutError:
        output, words = b"", b"the load generator did not end"
    finally:
        await end(process)
    if output:
        return json.loads(output)
    cause = words.decode().strip().removeprefix("load: ")  # "HOST:PORT: the first request: …"
    return {"errors_by_cause": {cause.split("the first request: ")[-1]: 1}}


async def measure(stage: Stage, build: str, load: Load) -> dict[str, Any]:
    """What a lane shows of a slice. Counts are the stage's own, per request."""
    before, cpu = await stage.counters(), stage.cpu_seconds()
    running = asyncio.create_task(generate(build, stage.port, arguments(load)))
    await asyncio.sleep(WARMUP_SECONDS + SECONDS * 0.6)
    during, threads = await stage.counters(), stage.threads()
    result = await running
    cpu = stage.cpu_seconds() - cpu
    after = await stage.counters()
    requests = after["requests"] - before["requests"]
    replies = result.get("replies_in_all", 0)
    latency = result.get("latency_us", {})
    return {
        "at": time.time(),
        "requests_per_second": result.get("requests_per_second", 0),
        "p50_us": latency.get("p50") if replies else None,
        "p99_us": latency.get("p99") if replies else None,
        "cpu_us": cpu / replies * 1e6 if replies else None,
        "threads": threads,
        "clients_open": during["connections_open"],
        "upstream_open": during["upstream_open"],
        "requests": requests,
        "answered": replies,
        "ledger": {
            name: (after[counter] - before[counter]) / requests if requests else None
            for name, counter in LEDGER.items()
        },
        "errors": result["errors_by_cause"],
        "causes": causes(before, after),
    }


def causes(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    """What went wrong by the stage's own counters, and how often."""
    names = [name for name in after if name.startswith(("errors_", "timeouts_"))]
    names += ["connections_refused", "retries", "channel_shed", "pool_timeouts", "pool_stale"]
    grown = {name: after[name] - before[name] for name in names}
    return {name: count for name, count in grown.items() if count > 0}
