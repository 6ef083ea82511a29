"""What the pages show of the lab's committed results."""

import json
import statistics
from html import escape
from typing import Any

from docs.site.measured import block, table
from suite.tables import commit

RESULTS = "bench/results/cluster.json"
WAYS = {"direct": "directly", "stage1": "through stage 1", "tier": "through the tier"}


class Cluster:
    """The directives that a page may use. ValueError, KeyError: no such thing."""

    def __init__(self, path: str = RESULTS) -> None:
        with open(path, encoding="utf-8") as file:
            self.document = json.load(file)

    def chaos(self, name: str, *starts: str) -> str:
        """What was counted beside what it had to be, and measured beside what was predicted: the
        lines that begin with one of `starts`, each with those that belong to it, and all of them,
        folded."""
        found = self.document["chaos"][name]
        lines = [*map(count_line, found["counts"]), *map(time_line, found["times"])]
        headings = [f"chaos {name}", "counted", "had to be"]
        chosen: list[list[str]] = []
        belongs = False
        for line in lines:
            belongs = (belongs and line[0].startswith(PART)) or line[0].startswith(starts)
            chosen += [line] if belongs else []
        if not chosen:
            raise ValueError(f"no line of {name} begins with {starts}")
        return table(headings, chosen) + folded(headings, lines)

    def connections(self) -> str:
        """At Redis, with the clients that the lab had. Those at a time are the clients' alone, and some
        were there before; those made are what Redis accepted meanwhile, HAProxy's checks among them.
        """
        lines = [
            [
                label,
                f"{found['clients']:,}",
                f"{found['requests']:,}",
                f"{found['connections_at_a_time']:,}",
                f"{found['connections_made']:,}",
            ]
            for label, found in ((WAYS[way], self.document["connections"][way]) for way in WAYS)
        ]
        headings = [
            "clients ask Redis",
            "clients",
            "requests",
            "connections at a time",
            "made meanwhile",
        ]
        return table(headings, lines)

    def connections_at_most(self) -> str:
        return f"{self.document['connections_at_most']:,}"

    def load(self) -> str:
        """Requests a second and latency, of each way through the lab."""
        lines = []
        for row, label in self.document["rows"].items():
            rate = self.median(row, "closed", "requests_per_second")
            p50, p99 = (self.median(row, "open", f"{name}_us") / 1000 for name in ["p50", "p99"])
            lines.append([label, f"{rate:,.0f}", f"{p50:.2f}", f"{p99:.2f}"])
        paced = round(self.median("tier", "open", "requests_per_second"), -2)
        return table(
            ["way", "requests a second", f"p50 ms, at {paced:,.0f} a second", "p99 ms"], lines
        )

    def median(self, row: str, mode: str, metric: str) -> float:
        runs = self.document["runs"]
        return statistics.median(
            run[metric] for run in runs if (run["row"], run["mode"]) == (row, mode)
        )

    def stamp(self) -> str:
        stamp = self.document["stamp"]
        return (
            f"Measured {stamp['date'][:10]} on {stamp['cpu']}, {stamp['cores']} cores, "
            f"{stamp['kernel']}; {commit(stamp)}; `./run cluster bench --save`."
        )


def folded(headings: list[str], lines: list[list[str]]) -> str:
    """A table behind a summary. Doxygen takes no Markdown there."""
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in line) + "</tr>" for line in lines
    )
    head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    return block(
        f"<details><summary>All {len(lines)} lines</summary>"
        f'<table class="markdownTable"><tr>{head}</tr>{rows}</table></details>'
    )


PART = "… "  # Of the line above it.


def count_line(count: dict[str, Any]) -> list[str]:
    rules = ", ".join(f"{name} {shown(rule)}" for name, rule in count["expected"].items())
    return [
        count["what"].replace("  ", PART),
        shown(count["counted"]),
        rules.removeprefix("equals "),
    ]


def time_line(time: dict[str, Any]) -> list[str]:
    most = time["predicted_at_most_s"]
    rule = "" if most is None else f"predicted: {most:g} s at most"
    return [f"time: {time['what']}", f"{time['seconds']:.1f} s", rule]


def shown(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
