"""The page that shows a run: one file, without a request to anywhere."""

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Any

from suite import aa, hgrm, subjects, tables
from suite.results import ScenarioResults, scenarios
from suite.scenario import Scenario
from suite.scenarios import ALL
from suite.scenarios.ladder import LEDGER, PREDICTED

HERE = os.path.dirname(os.path.abspath(__file__))
LONG_TABLE = 16  # Lines; a longer one is folded.


def table(headings: Iterable[str], lines: Iterable[Sequence[str]], classes: str = "") -> str:
    head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    body = "".join(
        "<tr>"
        + "".join(f"<{tag}>{escape(text)}</{tag}>" for tag, text in zip(["th"] + ["td"] * 99, line))
        + "</tr>"
        for line in lines
    )
    return f'<div class="wide-table {classes}"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def folded(headings: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
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
    return (
        '<section id="ledger"><h2>The ledger: what a request takes, predicted and counted</h2>'
        '<div class="wide-table ledger"><table>'
        f"<thead><tr><th>a request</th>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        f"{ledger_words(document)}</section>"
    )


def figures(found: ScenarioResults, scenario: Scenario) -> str:
    from suite import charts  # Here, so that what draws nothing takes no matplotlib.

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


def section(scenario: Scenario, found: ScenarioResults, document: dict[str, Any]) -> str:
    parts = [
        f'<section id="{scenario.name}"><h2>{escape(scenario.question)}</h2>',
        f'<p class="name">Scenario <code>{scenario.name}</code>. {escape(found.facts["load"])} '
        f"Medians of {found.repetitions()} interleaved runs; whiskers span all runs.</p>",
        f"<p><b>Prediction.</b> {escape(scenario.prediction)}</p>",
    ]
    if not found.complete():
        parts.append(
            "<p><b>Incomplete: no answer.</b></p>" + folded(*tables.of_scenario(scenario, found))
        )
        return "".join(parts) + "</section>"
    parts += [
        figures(found, scenario),
        "<p><b>Answer.</b></p><ul>",
        *(f"<li>{escape(sentence)}</li>" for sentence in scenario.answer(found)),
        "</ul>",
    ]
    if scenario.name == "ladder":
        parts.append(table(*tables.ladder(found)))
        headings, lines = tables.beside(found)
        if lines:
            parts += [
                "<h3>Measured beside it, in the same run</h3>",
                table(headings, lines),
            ]
    else:
        parts.append(folded(*tables.of_scenario(scenario, found)))
    parts.append(
        f'<p class="again">Again: <code>{escape(reproduce(scenario, document))}</code></p></section>'
    )
    if scenario.name == "ladder":
        parts.append(ledger(found, document))
    return "".join(parts)


def ledger_words(document: dict[str, Any]) -> str:
    network = "in a network namespace that holds nothing else"
    if not document["plan"]["own_network"]:
        network = "of the whole machine"
    calls = "system calls <code>perf</code>'s in a run of its own"
    if not document["counts"]:
        calls = "system calls were not counted, for <code>perf</code> cannot do that here"
    return (
        "<p>Times differ from machine to machine; these counts do not, but for those that depend on how "
        "much arrives at once: segments, switches, system calls, and the writes that pipelining shares. "
        "The first four are the stage's own (<code>INFO gateway</code>), handshakes and segments the "
        f"kernel's, {network}; {calls}.</p>"
    )


ALWAYS_DOUBT = [
    "The load generator, the gateway and the upstream share the machine and its cores: what a gateway "
    "saves, the others can use. Trust CPU a request and counts more than requests a second.",
    "On loopback the kernel charges the work of receiving to whoever sends: part of a server's share of "
    "a handshake is its client's CPU here.",
    "Connections that were closed less than a minute ago (TIME_WAIT) burden whoever dials next; the "
    "random order spreads that over all rows.",
]


def doubts(document: dict[str, Any]) -> str:
    parts = []
    if document["invalid"]:
        reasons = "".join(f"<li>{escape(reason)}</li>" for reason in document["invalid"][:20])
        parts.append(
            f'<div class="invalid" role="alert"><b>Invalid: do not quote these results.</b><ul>{reasons}</ul></div>'
        )
    ceiling = document["generator"]
    words = []
    if ceiling:
        words.append(
            f"The load generator alone, against a server that only answers: "
            f"{ceiling['ceiling_requests_per_second']:,.0f} requests a second, "
            f"{ceiling['cpu_us_per_request']:.1f} µs of CPU each."
        )
    words += ALWAYS_DOUBT
    words.append(f"Load average before the run: {document['stamp']['load_average_before']:.2f}.")
    words += [f"{warning}." for warning in document["warnings"]]
    if document["plan"]["repetitions"] < 9:
        words.append(f"Only {document['plan']['repetitions']} repetitions; --full has 9.")
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in words)
    return "".join(parts) + f'<section id="doubts"><h2>What to doubt</h2><ul>{items}</ul></section>'


def machine(document: dict[str, Any]) -> str:
    stamp, plan = document["stamp"], document["plan"]
    changed = " with uncommitted changes" if stamp["dirty"] else ""
    facts = {
        "measured": f"{stamp['date'][:16].replace('T', ' ')} UTC, commit {stamp['commit']}{changed}",
        "machine": f"{stamp['cpu']}, {stamp['cores']} cores, {stamp['memory_gib']:g} GiB, {stamp['kernel']}",
        "built": f"{stamp['compiler']}, {stamp['flags']}",
        "versions": ", ".join(f"{name} {version}" for name, version in stamp["versions"].items()),
        "upstream": plan["upstream"],
        "network": "a namespace of its own" if plan["own_network"] else "the machine's",
        "command": f"{plan['command']} (seed {plan['seed']}, {plan['repetitions']} repetitions)",
        "sysctls": "; ".join(f"{name} = {value}" for name, value in stamp["sysctls"].items()),
    }
    lines = [[name, value] for name, value in facts.items()]
    rows = [
        [document["rows"][row]["label"], document["rows"][row]["command"]]
        for row in document["rows"]
    ]
    return (
        '<section id="machine"><h2>The machine and the programs</h2>'
        + table(["", ""], lines, "facts")
        + f"<details><summary>Each row's command</summary>{table(['row', 'command'], rows, 'facts')}</details></section>"
    )


def sections_of(known: Iterable[str]) -> Iterator[str]:
    for name in known:
        yield name
        if name == "ladder":
            yield "ledger"
    yield from ["doubts", "machine"]


def page(document: dict[str, Any]) -> str:
    found = scenarios(document)
    known = {name: ALL[name] for name in found if name in ALL}
    links = "".join(f'<a href="#{name}">{name}</a>' for name in sections_of(known))
    sections = "".join(section(scenario, found[name], document) for name, scenario in known.items())
    if "aa" in found:
        sections += f'<section id="aa"><h2>The same against the same</h2><p>{escape(aa.verdict(found["aa"]))}</p></section>'
    with open(f"{HERE}/report.html.in", encoding="utf-8") as file:
        template = file.read()
    return (
        template.replace("@links@", links)
        .replace("@doubts@", doubts(document))
        .replace("@sections@", sections)
        .replace("@machine@", machine(document))
    )


def write(document: dict[str, Any], folder: str) -> None:
    """report.html, and a .hgrm file for each distribution that was kept."""
    with open(f"{folder}/report.html", "w", encoding="utf-8") as file:
        file.write(page(document))
    shutil.rmtree(f"{folder}/distributions", ignore_errors=True)  # Those of an earlier run.
    os.makedirs(f"{folder}/distributions")
    for kept in document["distributions"]:
        with open(f"{folder}/distributions/{hgrm.file_name(kept)}", "w", encoding="ascii") as file:
            file.write(hgrm.text(kept["histogram_us"]))
