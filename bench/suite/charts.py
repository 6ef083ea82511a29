"""Charts as SVG whose colours are the page's, so that they follow light and dark."""

import io
import math
import re
import statistics
import textwrap
from collections.abc import Sequence
from html import escape

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot, ticker  # noqa: E402  (the backend has to be chosen first)

from suite import subjects  # noqa: E402
from suite.hgrm import percentile_lines  # noqa: E402
from suite.results import ScenarioResults  # noqa: E402
from suite.scenario import Chart, Scenario  # noqa: E402

# Stand for the page's colours, and are replaced by them.
INK, GRID, STAGE, PEER = "#010101", "#020202", "#030303", "#040404"
LINES = [f"#0500{i:02x}" for i in range(1, 11)]
REPLACED = {INK: "--ink", GRID: "--grid", STAGE: "--stage", PEER: "--peer"} | {
    color: f"--line-{i}" for i, color in enumerate(LINES, 1)
}
MARKERS = ["o", "s", "^", "D", "v", "P", "X", "h", "<", ">"]
# The same subject has the same colour in all charts.
ORDER = [
    subjects.PIPELINING,
    subjects.KEEPALIVE,
    subjects.POOL,
    subjects.WORKERS,
    subjects.TWEMPROXY,
    subjects.HAPROXY,
    subjects.GO_KEEPALIVE,
    subjects.GO_CORRECTED,
    subjects.DIRECT,
    subjects.BARE_EPOLL,
]
STYLE = {
    "svg.fonttype": "none",
    "font.size": 8.5,
    "font.family": "DejaVu Sans",  # Wider than what a browser will use, so that nothing is clipped.
    "axes.edgecolor": GRID,
    "axes.labelcolor": INK,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
}
SIZES = {"wide": 7.4, "narrow": 3.7}  # Width in inches: for a desk, and for a phone.


def line_style(name: str, place: int) -> tuple[str, str]:
    names = [row.name for row in ORDER]
    index = names.index(name) if name in names else place
    return LINES[index % len(LINES)], MARKERS[index % len(MARKERS)]


def short(value: float, _: object = None) -> str:
    """A number on an axis: 20k, 1.5M."""
    for unit, factor in [("M", 1e6), ("k", 1e3)]:
        if abs(value) >= factor:
            return f"{value / factor:g}{unit}"
    return f"{value:g}"


def size_label(value: int | float | str | None) -> str:
    """A number as readers write it, such as 1 MiB for what is a power of two."""
    if isinstance(value, int) and value >= 1024 and value % 1024 == 0:
        return f"{value // 1024}k" if value < 1 << 20 else f"{value >> 20}M"
    return short(value) if isinstance(value, (int, float)) else str(value)


# --- The kinds of charts ---


def whiskers(
    middles: Sequence[float], spreads: Sequence[tuple[float, float]], scale: float
) -> list[list[float]]:
    """How far all runs reach below and above their medians."""
    return [
        [max(0, middle - low * scale) for middle, (low, _) in zip(middles, spreads)],
        [max(0, high * scale - middle) for middle, (_, high) in zip(middles, spreads)],
    ]


def bars(found: ScenarioResults, chart: Chart, axes: pyplot.Axes, narrow: bool) -> None:
    metric, x = chart.metric, chart.x
    rows = [row for row in found.rows() if found.median(row, metric, x) is not None]
    values = [found.median(row, metric, x) * chart.scale for row in rows]
    spreads = [found.spread(row, metric, x) for row in rows]
    errors = whiskers(values, spreads, chart.scale)
    colors = [STAGE if found.labels[row]["stage"] else PEER for row in rows]
    places = range(len(rows))
    axes.barh(places, values, color=colors, height=0.66)
    axes.errorbar(values, places, xerr=errors, fmt="none", ecolor=INK, elinewidth=0.8, capsize=2)
    ends = [high * chart.scale for _, high in spreads]
    for place, value, end in zip(places, values, ends):
        text = f"{value:,.0f}" if value >= 1000 else f"{value:,.1f}"
        axes.text(end + max(ends) * 0.02, place, text, va="center")
    axes.set_yticks(places, [wrapped(found.label(row), 16 if narrow else 40) for row in rows])
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    axes.set_xlim(0, max(ends) * (1.3 if narrow else 1.15))
    axes.xaxis.set_major_locator(ticker.MaxNLocator(4 if narrow else 7))
    axes.xaxis.set_major_formatter(short)
    axes.set_xlabel(chart.axis)
    axes.grid(axis="y", visible=False)
    axes.spines["left"].set_visible(False)


def wrapped(text: str, width: int) -> str:
    return "\n".join(textwrap.wrap(text, width))


def lines(
    found: ScenarioResults, chart: Chart, axes: pyplot.Axes, narrow: bool, scenario: Scenario
) -> None:
    xs = found.xs()
    positions = xs if scenario.x_log else list(range(len(xs)))
    numeric = all(isinstance(x, (int, float)) for x in xs)
    if numeric and not scenario.x_log:
        positions = xs
    for place, row in enumerate(found.rows()):
        here = [
            (p, x) for p, x in zip(positions, xs) if found.median(row, chart.metric, x) is not None
        ]
        if not here:
            continue
        color, marker = line_style(row, place)
        middle = [found.median(row, chart.metric, x) * chart.scale for _, x in here]
        spreads = [found.spread(row, chart.metric, x) for _, x in here]
        axes.errorbar(
            [p for p, _ in here],
            middle,
            yerr=whiskers(middle, spreads, chart.scale),
            color=color,
            marker=marker,
            markersize=4,
            linewidth=1.6,
            elinewidth=0.8,
            capsize=1.5,
            label=found.label(row),
        )
    if chart.log:
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)
    if chart.ideal:
        label, law = chart.ideal
        limits = axes.get_ylim()
        axes.plot(
            positions,
            [law(x) for x in xs],
            color=INK,
            linestyle=(0, (4, 3)),
            linewidth=1,
            label=label,
        )
        axes.set_ylim(limits)
    if scenario.x_log:
        axes.set_xscale("log")
        axes.minorticks_off()
    axes.set_xticks(positions, thinned([size_label(x) for x in xs], positions, scenario, narrow))
    axes.yaxis.set_major_formatter(short)
    axes.set_xlabel(scenario.x_axis)
    axes.set_ylabel(chart.axis)


def thinned(
    labels: Sequence[str], positions: Sequence[float], scenario: Scenario, narrow: bool
) -> list[str]:
    """Without those that would run into the one before."""
    places = [math.log(p) for p in positions] if scenario.x_log else positions
    room = (places[-1] - places[0]) * (0.02 if narrow else 0.012)  # A character's.
    kept, free_from = [], -math.inf
    for label, place in zip(labels, places):
        fits = place - room * len(label) / 2 >= free_from
        kept.append(label if fits else "")
        if fits:
            free_from = place + room * (len(label) / 2 + 1)
    return kept


def groups(
    found: ScenarioResults, chart: Chart, axes: pyplot.Axes, narrow: bool, scenario: Scenario
) -> None:
    """A group of bars for each x, for what would hide each other as lines."""
    rows, xs = found.rows(), found.xs()
    width = 0.8 / len(rows)
    for place, row in enumerate(rows):
        offsets = [i + (place - (len(rows) - 1) / 2) * width for i in range(len(xs))]
        values = [found.median(row, chart.metric, x) * chart.scale for x in xs]
        color = line_style(row, place)[0]
        axes.bar(offsets, values, width * 0.9, color=color, label=found.label(row))
        for offset, value in zip(offsets, values):
            axes.text(
                offset,
                value,
                short(round(value, -3) if value > 1000 else value),
                ha="center",
                va="bottom",
                fontsize=7,
            )
    axes.set_xticks(range(len(xs)), [str(x) for x in xs])
    axes.grid(axis="x", visible=False)
    axes.yaxis.set_major_formatter(short)
    axes.set_xlabel(scenario.x_axis)
    axes.set_ylabel(chart.axis)


def series(found: ScenarioResults, chart: Chart, axes: pyplot.Axes, narrow: bool) -> None:
    column = int(chart.metric)
    for place, (row, repetitions) in enumerate(found.series.items()):
        label = found.label(row)
        steps = min(map(len, repetitions))
        times = [repetitions[0][step][0] for step in range(steps)]
        middle = [
            statistics.median(run[step][column] for run in repetitions) for step in range(steps)
        ]
        axes.plot(
            times,
            middle,
            color=LINES[place],
            marker=MARKERS[place],
            markersize=3.5,
            linewidth=1.6,
            linestyle="-" if "with " in label else (0, (4, 2)),
            label=label,
        )
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("seconds since the cable was cut")
    axes.set_ylabel(chart.axis)


def distribution(found: ScenarioResults, chart: Chart, axes: pyplot.Axes, narrow: bool) -> None:
    deepest: float = 1
    for place, ((row, x, kind), histogram) in enumerate(found.distributions.items()):
        if kind == "service_time":
            continue  # The closed loop shows the same, and the table has it.
        points = [
            (1 / (1 - part), us * chart.scale)
            for us, part, _ in percentile_lines(histogram)
            if part < 1
        ]
        deepest = max(deepest, points[-1][0])
        axes.plot(
            *zip(*points),
            color=line_style(row, place)[0],
            linewidth=1.8,
            linestyle="-" if "open" in str(x) else (0, (4, 2)),
            label=f"{found.label(row)}, {x}",
        )
    levels = [(2, "50 %"), (10, "90 %"), (100, "99 %"), (1000, "99.9 %"), (10000, "99.99 %")]
    levels = [level for level in levels if level[0] <= deepest]
    axes.set_xscale("log")
    axes.minorticks_off()
    axes.set_xticks([level for level, _ in levels], [text for _, text in levels])
    axes.set_xlim(1.5, min(deepest, 30000))
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(short)
    axes.set_xlabel("percentile")
    axes.set_ylabel(chart.axis)


# --- Drawing ---


def draw(found: ScenarioResults, chart: Chart, scenario: Scenario, size: str) -> str:
    narrow = size == "narrow"
    with pyplot.rc_context(STYLE | {"svg.hashsalt": f"{found.name}-{chart.metric}-{size}"}):
        height = 3.6 + (0.16 * len(found.rows()) if narrow else 0)
        if chart.kind == "bars":
            height = 0.7 + 0.3 * len(found.rows())
        figure, axes = pyplot.subplots(figsize=(SIZES[size], height), layout="constrained")
        if chart.kind == "bars":
            bars(found, chart, axes, narrow)
        elif chart.kind == "series":
            series(found, chart, axes, narrow)
        elif chart.kind == "distribution":
            distribution(found, chart, axes, narrow)
        elif chart.kind == "groups":
            groups(found, chart, axes, narrow, scenario)
        else:
            lines(found, chart, axes, narrow, scenario)
        if chart.kind != "bars":
            place = {"loc": "lower left", "bbox_to_anchor": (0, 1.01), "borderaxespad": 0}
            axes.legend(**place, ncols=1 if narrow else 3, handlelength=2.4)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
        pyplot.close(figure)
    return out.getvalue()


def svg(found: ScenarioResults, chart: Chart, scenario: Scenario, size: str) -> str:
    """The element, to be put into a page that defines the colours."""
    text = draw(found, chart, scenario, size)
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    for color, variable in REPLACED.items():
        text = text.replace(color, f"var({variable})")
    text = text.replace("'DejaVu Sans'", "system-ui, sans-serif")
    identity = re.sub(r"\W", "-", f"{found.name}-{chart.title}-{size}").lower()
    head, rest = text.split(">", 1)
    width = re.search(r'width="([\d.]+)pt"', head)
    assert width is not None
    head = re.sub(r' (width|height)="[\d.]+pt"', "", head)
    head += f' class="{size}" role="img" aria-labelledby="{identity}-title {identity}-desc"'
    head += f' style="max-width: {float(width.group(1)) * 1.4:.0f}px"'
    title = f"{scenario.name}: {chart.title}"
    desc = f"{chart.axis}. {scenario.question} The table below has the figures."
    return (
        f'{head}><title id="{identity}-title">{escape(title)}</title>'
        f'<desc id="{identity}-desc">{escape(desc)}</desc>{rest}'
    )
