"""What the page says about the run itself: what to doubt, and where it was measured."""

from typing import Any

from suite.markup import items, section, table

ALWAYS_DOUBT = [
    "The load generator, the gateway and the upstream share the machine and its cores: what a gateway "
    "saves, the others can use. Trust CPU a request and counts more than requests a second.",
    "On loopback the kernel charges the work of receiving to whoever sends: part of a server's share of "
    "a handshake is its client's CPU here.",
    "Connections that were closed less than a minute ago (TIME_WAIT) burden whoever dials next; the "
    "random order spreads that over all rows.",
]


def of_the_ledger(document: dict[str, Any]) -> str:
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


def doubts(document: dict[str, Any]) -> str:
    alarm = ""
    if document["invalid"]:
        reasons = items(document["invalid"][:20])
        alarm = (
            '<div class="invalid" role="alert"><b>Invalid: do not quote these results.</b>'
            f"{reasons}</div>"
        )
    words = []
    if ceiling := document["generator"]:
        words.append(
            f"The load generator alone, against a server that only answers: "
            f"{ceiling['ceiling_requests_per_second']:,.0f} requests a second, "
            f"{ceiling['cpu_us_per_request']:.1f} µs of CPU each."
        )
    words += ALWAYS_DOUBT
    words.append(f"Load average before the run: {document['stamp']['load_average_before']:.2f}.")
    words += [f"{warning}." for warning in document["warnings"]]
    repetitions = document["plan"]["repetitions"]
    if repetitions < 9:
        words.append(f"Only {repetitions} repetitions; --full has 9.")
    return alarm + section("doubts", "What to doubt", items(words))


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
    commands = [(row["label"], row["command"]) for row in document["rows"].values()]
    return section(
        "machine",
        "The machine and the programs",
        table(["", ""], facts.items(), "facts")
        + "<details><summary>Each row's command</summary>"
        + f"{table(['row', 'command'], commands, 'facts')}</details>",
    )
