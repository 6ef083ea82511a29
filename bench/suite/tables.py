"""Results as tables: in a terminal, and in Markdown for the README."""

import textwrap
from collections.abc import Sequence
from typing import Any

from suite import aa, subjects
from suite.intervals import ENOUGH, format_ratio
from suite.results import ScenarioResults, scenarios
from suite.scenario import Column, Scenario
from suite.scenarios import ALL
from suite.scenarios.ladder import LEDGER

WIDTH = 100
NAMES = [row.name for row in subjects.LADDER]
TOP = NAMES[-1]
LEDGER_HEADINGS = ["client conns", "threads started", "upstr. dials", "upstr. writes"]


def number(value: float | None, digits: int = 0) -> str:
    if value is None:
        return ""
    if digits and 0 < value < 0.5 * 10**-digits:
        return f"<{10**-digits:.{digits}f}"
    return f"{value:,.{digits}f}"


def cell(found: ScenarioResults, row: str, x: int | str | None, column: Column) -> str:
    if column.metric == "system_calls_per_request":
        return number(found.system_calls.get((row, x)), column.digits)
    value = found.median(row, column.metric, x)
    return number(None if value is None else value * column.scale, column.digits)


def ladder(found: ScenarioResults) -> tuple[list[str], list[list[str]]]:
    """(headings, lines): what each idea gains."""
    headings = [
        "stage",
        "requests a second",
        "gain over row above",
        "gain over stage 1",
        "p99 ms",
        "CPU us",
    ]
    lines = []
    for i, name in enumerate(NAMES):
        gains = ["", ""]
        if i > 0:
            for place, base in enumerate([NAMES[i - 1], NAMES[0]]):
                gains[place] = format_ratio(
                    *found.ratio((name, None), (base, None), "requests_per_second")
                )
        lines.append(
            [
                found.label(name),
                number(found.median(name, "requests_per_second")),
                *gains,
                number(found.median(name, "p99_us") / 1000, 1),
                number(found.median(name, "cpu_us_per_request"), 1),
                *(cell(found, name, None, column) for column in LEDGER[:4]),
            ]
        )
    return headings + LEDGER_HEADINGS, lines


def beside(found: ScenarioResults) -> tuple[list[str], list[list[str]]]:
    """(headings, lines): what was measured beside the ladder, against its last row."""
    headings = [
        "beside it",
        "requests a second",
        "p99 ms",
        "CPU us",
        "syscalls",
        "stage 4 against it: requests/s",
        "stage 4 against it: CPU",
    ]
    lines = []
    for row in [TOP, *(row for row in found.rows() if row not in NAMES)]:
        against = ["", ""]
        if row != TOP:
            against = [
                format_ratio(*found.ratio((TOP, None), (row, None), metric))
                for metric in ["requests_per_second", "cpu_us_per_request"]
            ]
        lines.append(
            [
                found.label(row),
                number(found.median(row, "requests_per_second")),
                number(found.median(row, "p99_us") / 1000, 1),
                number(found.median(row, "cpu_us_per_request"), 1),
                number(found.system_calls.get((row, None)), 1),
                *against,
            ]
        )
    return headings, lines if len(lines) > 1 else []


def of_scenario(scenario: Scenario, found: ScenarioResults) -> tuple[list[str], list[list[str]]]:
    """(headings, lines): each row, at each x if the scenario has an axis."""
    axis = [scenario.x_axis] if found.xs() != [None] else []
    headings = ["", *axis, *(column.heading for column in scenario.columns)]
    lines = []
    for row in found.rows():
        for x in found.xs():
            if found.has(row, x):
                place = [f"{x:,}" if isinstance(x, int) else str(x)] if axis else []
                cells = [cell(found, row, x, column) for column in scenario.columns]
                lines.append([found.label(row), *place, *cells])
    return headings, lines


# --- In a terminal ---


def split_heading(heading: str) -> tuple[str, str]:
    """Over two lines, as evenly as its words allow."""
    words = heading.split(" ")
    cuts = [(" ".join(words[:i]), " ".join(words[i:])) for i in range(len(words) + 1)]
    return min(cuts, key=lambda cut: (max(map(len, cut)), len(cut[0])))


def print_grid(headings: Sequence[str], lines: Sequence[list[str]]) -> None:
    split = [split_heading(heading) for heading in headings]
    grid = [[top for top, _ in split], [bottom for _, bottom in split], *lines]
    widths = [max(len(row[i]) for row in grid) for i in range(len(headings))]
    for row in grid:
        cells = (
            text.ljust(width) if i == 0 else text.rjust(width)
            for i, (text, width) in enumerate(zip(row, widths))
        )
        print(" ".join(cells).rstrip())
    print()


def print_wrapped(words: str, indent: str = "") -> None:
    print(textwrap.fill(words, WIDTH, initial_indent=indent, subsequent_indent=indent))


def print_all(document: dict[str, Any]) -> None:
    for name, found in scenarios(document).items():
        print()
        if name == "aa":
            print_wrapped(aa.verdict(found))
            continue
        if name in ALL:  # Not one of another version of the suite.
            print_scenario(ALL[name], found)
    print_doubts(document)
    print()
    print_wrapped(provenance(document))


def print_scenario(scenario: Scenario, found: ScenarioResults) -> None:
    print_wrapped(f"{scenario.name}: {scenario.question}")
    print_wrapped(f"{found.facts['load']} Medians of {found.repetitions()} runs.")
    print()
    if not found.complete():
        print_grid(*of_scenario(scenario, found))
        return print("Incomplete: no answer.")
    if scenario.name == "ladder":
        print_grid(*ladder(found))
        headings, lines = beside(found)
        if lines:
            print_grid(headings, lines)
        return print("\n".join(notes(found)))
    print_grid(*of_scenario(scenario, found))
    for sentence in scenario.answer(found):
        print_wrapped(sentence)
    return None


def notes(found: ScenarioResults) -> list[str]:
    lines = [
        "Gains with their 95 % interval; ~ marks no detectable difference (the interval spans 1).",
        "CPU: the server's, a request. Then, a request: client connections accepted, threads started,",
        "connections dialled to the upstream, writes to it. Pipelining: requests share those writes.",
    ]
    if found.repetitions() < ENOUGH:
        lines.append(
            f"Only {found.repetitions()} runs of a row: too few for an interval, which takes {ENOUGH}."
        )
    elif found.repetitions() < 9:
        lines.append(
            f"Only {found.repetitions()} runs of a row: the intervals are rough (--full has 9)."
        )
    return lines


def print_doubts(document: dict[str, Any]) -> None:
    ceiling = document["generator"].get("ceiling_requests_per_second")
    if ceiling:
        print(
            f"\nThe generator alone, against a server that only answers: {ceiling:,.0f} requests a second."
        )
    for warning in document["warnings"]:
        print_wrapped(f"Warning: {warning}.")
    if document["invalid"]:
        print(
            f"\nINVALID: do not quote these results. {len(document['invalid'])} reasons, such as:"
        )
        for reason in document["invalid"][:10]:
            print_wrapped(reason, "  ")


# --- In Markdown ---


def markdown(headings: Sequence[str], lines: Sequence[Sequence[str]]) -> list[str]:
    return [
        "| " + " | ".join(headings) + " |",
        "|---|" + "---:|" * (len(headings) - 1),
        *("| " + " | ".join(line) + " |" for line in lines),
    ]


def provenance(document: dict[str, Any]) -> str:
    stamp, plan = document["stamp"], document["plan"]
    changed = " with changes" if stamp["dirty"] else ""
    return (
        f"Measured {stamp['date'][:10]} on {stamp['cpu']}, {stamp['cores']} cores, {stamp['kernel']}; "
        f"{stamp['compiler']}, {stamp['flags']}; upstream {plan['upstream']}; commit "
        f"{stamp['commit']}{changed}; `{plan['command']}`, seed {plan['seed']}."
    )


def readme(document: dict[str, Any]) -> str:
    """The part of the README that results fill."""
    found = scenarios(document)["ladder"]
    lines = [f"{found.facts['load']} Medians of {found.repetitions()} runs.", ""]
    lines += markdown(*ladder(found)) + ["", *notes(found)]
    headings, rows = beside(found)
    if rows:
        lines += ["", "Measured beside it, in the same interleaved run:", ""]
        lines += markdown(headings, rows)
    return "\n".join([*lines, "", provenance(document), ""])
