"""The page that shows a run: one file, which sends no request to anywhere."""

import os
import pathlib
import shutil
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from suite import aa, hgrm, report_doubts, subjects, tables
from suite.markup import items, section, table
from suite.results import ScenarioResults, scenarios
from suite.scenario import Scenario
from suite.scenarios import ALL
from suite.scenarios.ladder import LEDGER, PREDICTED

TEMPLATE = pathlib.Path(__file__).with_name("report.html.in")
COLOURS = pathlib.Path(__file__).parents[2] / "docs/style/colours.css"
LONG_TABLE = 16  # lines; a longer one is folded


def folded(headings: Iterable[str], lines: Sequence[Sequence[str]]) -> str:
    whole = table(headings, lines)
    if len(lines) <= LONG_TABLE:
        return whole
    return f"<details><summary>All {len(lines)} rows</summary>{whole}</details>"


def ledger(found: ScenarioResults, document: dict[str, Any]) -> str:
    """What each stage was predicted to do for a request, and what was counted."""
    head = "".join(f"<th>{escape(column.heading)}</th>" for column in LEDGER)
    body = ""
    for row in subjects.LADDER:
        cells = ""
        for column in LEDGER:
            counted = tables.cell(found, row.name, None, column) or "–"
            predicted = PREDICTED.get(column.metric, {}).get(row.name)
            note = f"<small>predicted {escape(predicted)}</small>" if predicted else ""
            cells += f"<td>{escape(counted)}{note}</td>"
        body += f"<tr><th>{escape(row.label)}</th>{cells}</tr>"
    return section(
        "ledger",
        "The ledger: what a request takes, predicted and counted",
        '<div class="wide-table ledger"><table>'
        f"<thead><tr><th>a request</th>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        + report_doubts.of_the_ledger(document),
    )


def figures(found: ScenarioResults, scenario: Scenario) -> str:
    from suite import charts  # here, so that only drawing needs matplotlib

    drawn = ""
    for chart in scenario.charts:
        both = "".join(charts.svg(found, chart, scenario, size) for size in charts.SIZES)
        drawn += f"<figure><figcaption>{escape(chart.title)}</figcaption>{both}</figure>"
    return drawn


def reproduce(scenario: Scenario, document: dict[str, Any]) -> str:
    plan = document["plan"]
    words = f"./run bench {scenario.name} --repetitions {plan['repetitions']} --seed {plan['seed']}"
    if plan["upstream"] != "origin":
        words += f" --upstream {plan['upstream']}"
    if plan["scale"] != 1:
        words += f" --scale {plan['scale']:g}"
    return words + (" --peers" if plan["peers"] else "")


def told(scenario: Scenario, found: ScenarioResults, document: dict[str, Any]) -> str:
    """A scenario's section, and the ledger behind the ladder's."""
    text = (
        f'<p class="name">Scenario <code>{scenario.name}</code>. {escape(found.facts["load"])} '
        f"Medians of {found.repetitions()} interleaved runs; whiskers span all runs.</p>"
        f"<p><b>Prediction.</b> {escape(scenario.prediction)}</p>"
    )
    whole = folded(*tables.of_scenario(scenario, found))
    if not found.complete():
        text += f"<p><b>Incomplete: no answer.</b></p>{whole}"
        return section(scenario.name, scenario.question, text)
    text += figures(found, scenario)
    text += f"<p><b>Answer.</b></p>{items(scenario.answer(found))}"
    if scenario.name == "ladder":
        text += table(*tables.ladder(found))
        headings, lines = tables.beside(found)
        if lines:
            text += f"<h3>Measured beside it, in the same run</h3>{table(headings, lines)}"
    else:
        text += whole
    again = escape(reproduce(scenario, document))
    text += f'<p class="again">Again: <code>{again}</code></p>'
    behind = ledger(found, document) if scenario.name == "ladder" else ""
    return section(scenario.name, scenario.question, text) + behind


def page(document: dict[str, Any]) -> str:
    found = scenarios(document)
    sections = {name: told(ALL[name], found[name], document) for name in found if name in ALL}
    links = [
        place for name in sections for place in ([name, "ledger"] if name == "ladder" else [name])
    ]
    if "aa" in found:
        verdict = f"<p>{escape(aa.verdict(found['aa']))}</p>"
        sections["aa"] = section("aa", "The same against the same", verdict)
    parts = {
        "@colours@": COLOURS.read_text(encoding="utf-8").strip(),
        "@links@": "".join(
            f'<a href="#{name}">{name}</a>' for name in [*links, "doubts", "machine"]
        ),
        "@doubts@": report_doubts.doubts(document),
        "@sections@": "".join(sections.values()),
        "@machine@": report_doubts.machine(document),
    }
    text = TEMPLATE.read_text(encoding="utf-8")
    for mark, part in parts.items():
        text = text.replace(mark, part)
    return text


def write(document: dict[str, Any], folder: str) -> None:
    """report.html, and a .hgrm file for each distribution that was kept."""
    out = pathlib.Path(folder)
    (out / "report.html").write_text(page(document), encoding="utf-8")
    shutil.rmtree(out / "distributions", ignore_errors=True)  # of an earlier run
    os.makedirs(out / "distributions")
    for kept in document["distributions"]:
        text = hgrm.text(kept["histogram_us"])
        (out / "distributions" / hgrm.file_name(kept)).write_text(text, encoding="ascii")
