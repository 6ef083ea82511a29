"""What Asio costs: its parts, and stage 4 beside a loop of its own and beside no gateway at all."""

import json

from suite import intervals, results, tables
from docs.site.measured import table

PARTS = "bench/results/asio.json"
OWN_LOOP = "bench/results/own_loop.json"

# What is shown of the parts: words, benchmark, blocks kept, and what it is held against.
STEPS = [
    ("a call of a coroutine", "asio/call/1", "64", None),
    ("an operation that has to be queued, `deferred`", "asio/post/deferred/16", "64", None),
    ("the same with `use_awaitable`", "asio/post/use_awaitable/16", "64", "asio/post/deferred/16"),
    ("and with `any_io_executor`", "asio/post/any_executor/16", "64", "asio/post/deferred/16"),
    ("the same, with two blocks kept", "asio/post/any_executor/16", "2", "asio/post/deferred/16"),
    ("another coroutine woken by a `Signal`", "asio/signal/16", "64", None),
    ("by a timer that is cancelled", "asio/cancelled_timer/16", "64", "asio/signal/16"),
    ("a read that finds its byte", "asio/read_what_is_there/16", "64", None),
    ("a read that has to wait for it", "asio/read_some/16", "64", "asio/read_what_is_there/16"),
    ("a wait, then a read", "asio/wait_then_read/16", "64", "asio/read_what_is_there/16"),
]

ASIO, OWN, FLOOR = "stage4_one_worker", "also_own loop", "bare_epoll"
CPU, CALLS = "cpu_us_per_request", "system_calls_per_request"

# What is shown of the run: words, scenario, its x, metric, and the rows whose ratios to a base.
RATIOS = [
    ("50 clients, our load", "ladder", None, FLOOR),
    ("50 clients, `redis-benchmark`", "foreign", None, FLOOR),
    ("one client, our load", "latency", "one client", OWN),
    ("50 clients, paced", "latency", "50 clients, paced", FLOOR),
    ("16 requests in one write", "pipelined", 16, OWN),
]


def parts() -> str:
    """Times of Asio's parts, sixteen coroutines at a time."""
    with open(PARTS, encoding="utf-8") as file:
        found = json.load(file)["nanoseconds"]
    lines = []
    for words, name, blocks, base in STEPS:
        time = found[blocks][name]
        against = f"{time / found['64'][base]:.1f} times" if base else ""
        lines.append([words, f"{time:,.0f}", against])
    return table(["step", "ns", "against the row that it varies"], lines)


def own_loop() -> str:
    """CPU a request of stage 4 with one worker, of its older self, and of twemproxy."""
    document = results.read(OWN_LOOP)
    found = results.scenarios(document)
    lines = []
    for words, name, x, base in RATIOS:
        cells = []
        for row in [OWN, ASIO, "twemproxy"]:
            if row == base:
                cells.append("1")
            elif found[name].has(row, x):
                ratio = found[name].ratio((row, x), (base, x), CPU)
                cells.append(intervals.format_ratio(*ratio))
            else:
                cells.append("")
        lines.append(
            [f"{words}, against {'bare epoll' if base == FLOOR else 'the own loop'}", *cells]
        )
    for words, name, x in [("50 clients", "ladder", None), ("16 in one write", "pipelined", 16)]:
        calls = [found[name].system_calls.get((row, x)) for row in [OWN, ASIO, "twemproxy"]]
        lines.append([f"system calls a request, {words}", *(tables.number(c, 1) for c in calls)])
    headings = ["CPU a request, one worker", "own loop", "plain Asio", "twemproxy"]
    made_by = tables.provenance(document).partition("; `")[0]  # The command has quotes in it.
    return table(headings, lines) + f"\n{made_by}. Every run: `{OWN_LOOP}`.\n"


# What is shown beside bare epoll: words, and the row.
ABOVE_THE_FLOOR = [
    ("bare epoll: reads, answers, no upstream", FLOOR),
    ("stage 4 on an event loop of its own", OWN),
    ("stage 4 on Asio", ASIO),
]


def floor() -> str:
    """CPU and system calls a request with 50 clients: the least there is, and the same gateway without
    Asio and with it."""
    document = results.read(OWN_LOOP)
    ladder = results.scenarios(document)["ladder"]
    lines = []
    for words, row in ABOVE_THE_FLOOR:
        ratio = ladder.ratio((row, None), (FLOOR, None), CPU)
        lines.append(
            [
                words,
                tables.number(ladder.median(row, CPU), 1),
                "1" if row == FLOOR else intervals.format_ratio(*ratio),
                tables.number(ladder.system_calls.get((row, None)), 1),
            ]
        )
    return table(
        ["50 clients, one worker", "CPU us a request", "against bare epoll", "system calls"], lines
    )


def share() -> str:
    """What Asio adds to the CPU of a request, against stage 4's own loop."""
    ladder = results.scenarios(results.read(OWN_LOOP))["ladder"]
    return intervals.format_ratio(*ladder.ratio((ASIO, None), (OWN, None), CPU))
