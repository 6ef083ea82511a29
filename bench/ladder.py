#!/usr/bin/python3
"""Prints what each idea gains, from the results of bench/stages (Google Benchmark's JSON)."""

import argparse
import json
import random
import statistics
import sys

ROWS = {
    "stage1_naive": "1 naive",
    "stage2_pool": "2 + pool",
    "stage3_keepalive": "3 + keepalive",
    "stage4_workers/depth1": "4 + workers",
    "stage4_workers": "4 + pipelining",
}
LEDGER = ["accepts", "threads", "dials", "upstream_writes"]
HEADINGS = [
    ("", "stage"),
    ("requests", "a second"),
    ("gain over", "row above"),
    ("gain over", "stage 1"),
    ("p99", "ms"),
    ("CPU", "us"),
    ("client", "conns"),
    ("threads", "started"),
    ("upstr.", "dials"),
    ("upstr.", "writes"),
]
RESAMPLES = 5000
ENOUGH_RUNS = 9


def fail(message):
    sys.exit(f"ladder: {message}")


def read(path):
    """The context, and for each row the list of its runs."""
    try:
        with open(path, encoding="utf-8") as file:
            results = json.load(file)
        context, benchmarks = results["context"], results["benchmarks"]
    except OSError as error:
        fail(f"{path}: {error.strerror}")
    except (ValueError, KeyError, TypeError) as error:
        fail(f"{path} does not hold complete results of bench/stages ({error})")

    runs = {name: [] for name in ROWS}
    for run in benchmarks:
        name = run["name"].split("/iterations:")[0]
        if run.get("error_occurred"):
            fail(f"a run of {name} failed: {run['error_message']}")
        if run["run_type"] == "iteration" and name in runs:
            runs[name].append(run)
    missing = [name for name in ROWS if not runs[name]]
    if missing:
        fail(f"{path} has no run of {', '.join(missing)}: a ladder needs all its rows")
    return context, runs


def median(runs, counter):
    return statistics.median(run[counter] for run in runs)


def gain(runs, base):
    """The ratio of the medians of requests/s, with its 95 % interval (bootstrap)."""
    generator = random.Random(1)
    samples = [run["requests_per_second"] for run in runs]
    base_samples = [run["requests_per_second"] for run in base]

    def resampled(values):
        return statistics.median(generator.choices(values, k=len(values)))

    ratios = sorted(resampled(samples) / resampled(base_samples) for _ in range(RESAMPLES))
    low, high = ratios[int(0.025 * RESAMPLES)], ratios[int(0.975 * RESAMPLES)]
    return statistics.median(samples) / statistics.median(base_samples), low, high


def format_gain(ratio, low, high):
    mark = "~" if low <= 1 <= high else ""
    digits = 2 if high < 9.995 else 1
    return f"{mark}{ratio:.{digits}f} ({low:.{digits}f}-{high:.{digits}f})"


def format_count(value):
    return "<0.01" if 0 < value < 0.005 else f"{value:.2f}"


def table(runs):
    """The cells, a list a row."""
    names = list(ROWS)
    lines = []
    for i, name in enumerate(names):
        mine = runs[name]
        lines.append(
            [
                ROWS[name],
                f"{median(mine, 'requests_per_second'):,.0f}",
                format_gain(*gain(mine, runs[names[i - 1]])) if i > 0 else "",
                format_gain(*gain(mine, runs[names[0]])) if i > 0 else "",
                f"{median(mine, 'p99_us') / 1000:.1f}",
                f"{median(mine, 'cpu_us_per_request'):.1f}",
                *(format_count(median(mine, f"{item}_per_request")) for item in LEDGER),
            ]
        )
    return lines


def title(context, runs):
    counts = [len(of_row) for of_row in runs.values()]
    number = str(counts[0]) if len(set(counts)) == 1 else f"{min(counts)} to {max(counts)}"
    return (
        f"What each idea gains: {context['load']}, medians of {number} runs "
        f"of {float(context['seconds']):g} s each"
    )


def notes(runs):
    lines = [
        "Gains with their 95 % interval; ~ marks no detectable difference (the interval spans 1).",
        "CPU: the server's, a request. Then, a request: client connections accepted, threads started,",
        "connections dialled to the upstream, writes to it. Pipelining: requests share those writes.",
    ]
    fewest = min(len(of_row) for of_row in runs.values())
    if fewest < ENOUGH_RUNS:
        lines.append(
            f"Only {fewest} runs of a row: the intervals are rough ({ENOUGH_RUNS} or more are better)."
        )
    return lines


def provenance(context):
    return (
        f"Measured {context['date'][:10]} on {context['cpu']}, {context['cores']} cores, "
        f"{context['kernel']}; {context['compiler']}, {context['flags'].strip()}; "
        f"upstream {context['upstream']}; commit {context['commit']}."
    )


def print_text(context, runs):
    grid = [[column[line] for column in HEADINGS] for line in range(2)] + table(runs)
    widths = [max(len(row[i]) for row in grid) for i in range(len(HEADINGS))]
    print(title(context, runs), end="\n\n")
    for row in grid:
        first, *others = (
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths))
        )
        print(" ".join([first, *others]).rstrip())
    print()
    print("\n".join(notes(runs)))


def markdown(context, runs):
    lines = [
        title(context, runs) + ".",
        "",
        "| " + " | ".join(" ".join(heading).strip() for heading in HEADINGS) + " |",
        "|---|" + "---:|" * (len(HEADINGS) - 1),
        *("| " + " | ".join(row) + " |" for row in table(runs)),
        "",
        *notes(runs),
        "",
        provenance(context),
    ]
    return "\n".join(lines) + "\n"


def update(path, markdown):
    """Puts the table between the marks that stand in a README."""
    with open(path) as file:
        before, rest = file.read().split("<!-- ladder", 1)
    mark, rest = rest.split("-->", 1)
    after = rest.split("<!-- end of ladder -->", 1)[1]
    with open(path, "w") as file:
        file.write(f"{before}<!-- ladder{mark}-->\n{markdown}<!-- end of ladder -->{after}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", help="what `stages --benchmark_out=FILE` wrote")
    parser.add_argument("--markdown", action="store_true", help="as a table for a README")
    parser.add_argument("--update", metavar="README", help="write that table into this file")
    options = parser.parse_args()
    context, runs = read(options.results)
    if options.update:
        update(options.update, markdown(context, runs))
    elif options.markdown:
        print(markdown(context, runs), end="")
    else:
        print_text(context, runs)


if __name__ == "__main__":
    main()
