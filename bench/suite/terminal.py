"""Results in a terminal."""

import textwrap
from collections.abc import Sequence
from typing import Any

from suite import aa, tables
from suite.results import ScenarioResults, scenarios
from suite.scenario import Scenario
from suite.scenarios import ALL

WIDTH = 100


def split_heading(heading: str) -> tuple[str, str]:
    """Splits it into two lines, as evenly as its words allow."""
    words = heading.split(" ")
    cuts = [(" ".join(words[:i]), " ".join(words[i:])) for i in range(len(words) + 1)]
    return min(cuts, key=lambda cut: (max(map(len, cut)), len(cut[0])))


def print_grid(headings: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    grid = [*zip(*map(split_heading, headings)), *lines]
    widths = [max(map(len, column)) for column in zip(*grid)]
    for first, *others in grid:
        cells = [text.rjust(width) for text, width in zip(others, widths[1:])]
        print(" ".join([first.ljust(widths[0]), *cells]).rstrip())
    print()


def print_wrapped(words: str, indent: str = "") -> None:
    print(textwrap.fill(words, WIDTH, initial_indent=indent, subsequent_indent=indent))


def print_all(document: dict[str, Any]) -> None:
    for name, found in scenarios(document).items():
        print()
        if name == "aa":
            print_wrapped(aa.verdict(found))
        elif name in ALL:  # not from another version of the suite
            print_scenario(ALL[name], found)
    print_doubts(document)
    print()
    print_wrapped(tables.provenance(document))


def print_scenario(scenario: Scenario, found: ScenarioResults) -> None:
    print_wrapped(f"{scenario.name}: {scenario.question}")
    print_wrapped(f"{found.facts['load']} Medians of {found.repetitions()} runs.")
    print()
    if not found.complete():
        print_grid(*tables.of_scenario(scenario, found))
        print("Incomplete: no answer.")
    elif scenario.name == "ladder":
        print_grid(*tables.ladder(found))
        headings, lines = tables.beside(found)
        if lines:
            print_grid(headings, lines)
        print("\n".join(tables.notes(found)))
    else:
        print_grid(*tables.of_scenario(scenario, found))
        for sentence in scenario.answer(found):
            print_wrapped(sentence)


def print_doubts(document: dict[str, Any]) -> None:
    if document["generator"]:
        ceiling = document["generator"]["ceiling_requests_per_second"]
        alone = "The generator alone, against a server that only answers"
        print(f"\n{alone}: {ceiling:,.0f} requests a second.")
    for warning in document["warnings"]:
        print_wrapped(f"Warning: {warning}.")
    if invalid := document["invalid"]:
        print(f"\nINVALID: do not quote these results. {len(invalid)} reasons, such as:")
        for reason in invalid[:10]:
            print_wrapped(reason, "  ")
