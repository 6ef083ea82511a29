"""The kinds of charts: each draws a metric of a scenario into axes."""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy
from matplotlib import ticker
from matplotlib.axes import Axes

from suite import chart_style as style
from suite.hgrm import percentile_lines
from suite.results import Place, ScenarioResults
from suite.scenario import Chart, Scenario

PERCENTILES = {2: "50 %", 10: "90 %", 100: "99 %", 1000: "99.9 %", 10000: "99.99 %"}


def measured(
    found: ScenarioResults, chart: Chart, cells: Iterable[tuple[str, Place]]
) -> tuple[list[tuple[str, Place]], Any, Any]:
    """The cells that have this metric, their medians, and how far all runs reach below and above."""
    here = [(row, x) for row, x in cells if found.samples(row, chart.metric, x)]
    middles = numpy.array([found.median(row, chart.metric, x) for row, x in here]) * chart.scale
    ends = numpy.array([found.spread(row, chart.metric, x) for row, x in here]) * chart.scale
    reach = [middles - ends[:, 0], ends[:, 1] - middles] if here else []
    return here, middles, numpy.maximum(0, reach)


def bars(
    found: ScenarioResults, chart: Chart, scenario: Scenario, axes: Axes, narrow: bool
) -> None:
    cells, values, reach = measured(found, chart, ((row, chart.x) for row in found.rows()))
    rows = [row for row, _ in cells]
    stages = [found.labels[row]["stage"] for row in rows]
    colors = [style.LINES[stage - 1] if stage else style.PEER for stage in stages]
    places = range(len(rows))
    axes.barh(places, values, color=colors, height=0.66)
    axes.errorbar(
        values, places, xerr=reach, fmt="none", ecolor=style.INK, elinewidth=0.8, capsize=2
    )
    ends = values + reach[1]
    for place, value, end in zip(places, values, ends):
        text = f"{value:,.0f}" if value >= 1000 else f"{value:,.1f}"
        axes.text(end + max(ends) * 0.02, place, text, va="center")
    axes.set_yticks(places, [style.wrapped(found.label(row), 16 if narrow else 40) for row in rows])
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    axes.set_xlim(0, max(ends) * (1.3 if narrow else 1.15))
    axes.xaxis.set_major_locator(ticker.MaxNLocator(4 if narrow else 7))
    axes.xaxis.set_major_formatter(style.short)
    axes.set_xlabel(chart.axis)
    axes.grid(axis="y", visible=False)
    axes.spines["left"].set_visible(False)


def lines(
    found: ScenarioResults, chart: Chart, scenario: Scenario, axes: Axes, narrow: bool
) -> None:
    xs = found.xs()
    numeric = all(isinstance(x, (int, float)) for x in xs)
    positions = dict(zip(xs, xs if numeric else range(len(xs))))
    for place, row in enumerate(found.rows()):
        cells, middles, reach = measured(found, chart, ((row, x) for x in xs))
        if not cells:
            continue
        color, marker = style.line_style(row, place)
        axes.errorbar(
            [positions[x] for _, x in cells],
            middles,
            yerr=reach,
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
        axes.plot(xs, list(map(law, xs)), color=style.INK, ls=(0, (4, 3)), lw=1, label=label)
        axes.set_ylim(limits)
    if scenario.x_log:
        axes.set_xscale("log")
        axes.minorticks_off()
    ticks = list(positions.values())
    places = [math.log(tick) for tick in ticks] if scenario.x_log else ticks
    labels = thinned([style.size_label(x) for x in xs], places, 0.02 if narrow else 0.012)
    axes.set_xticks(ticks, labels)
    axes.set_xlabel(scenario.x_axis)


def thinned(labels: Sequence[str], places: Sequence[float], character: float) -> list[str]:
    """Leaves out labels that would run into the one before. The width is a part of the axis."""
    room = (places[-1] - places[0]) * character
    kept, free_from = [], -math.inf
    for label, place in zip(labels, places):
        fits = place - room * len(label) / 2 >= free_from
        kept.append(label if fits else "")
        if fits:
            free_from = place + room * (len(label) / 2 + 1)
    return kept


def groups(
    found: ScenarioResults, chart: Chart, scenario: Scenario, axes: Axes, narrow: bool
) -> None:
    """A group of bars for each x, for rows that would hide each other as lines."""
    rows, xs = found.rows(), found.xs()
    width = 0.8 / len(rows)
    for place, row in enumerate(rows):
        offsets = [i + (place - (len(rows) - 1) / 2) * width for i in range(len(xs))]
        values = [found.median(row, chart.metric, x) * chart.scale for x in xs]
        color, _ = style.line_style(row, place)
        axes.bar(offsets, values, width * 0.9, color=color, label=found.label(row))
        for offset, value in zip(offsets, values):
            text = style.short(round(value, -3) if value > 1000 else value)
            axes.text(offset, value, text, ha="center", va="bottom", fontsize=7)
    axes.set_xticks(range(len(xs)), [str(x) for x in xs])
    axes.grid(axis="x", visible=False)
    axes.set_xlabel(scenario.x_axis)


def series(
    found: ScenarioResults, chart: Chart, scenario: Scenario, axes: Axes, narrow: bool
) -> None:
    for place, (row, repetitions) in enumerate(found.series.items()):
        steps = min(map(len, repetitions))
        runs = numpy.array([run[:steps] for run in repetitions])  # by run, step and column
        axes.plot(
            runs[0, :, 0],
            numpy.median(runs[:, :, int(chart.metric)], axis=0),
            color=style.LINES[found.labels[row]["stage"] - 1],
            marker=style.MARKERS[place],
            markersize=3.5,
            linewidth=1.6,
            linestyle="-" if "with " in found.label(row) else style.DASHED,
            label=found.label(row),
        )
    axes.axvline(0, color=style.INK, linewidth=0.8)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("seconds since the cable was cut")


def distribution(
    found: ScenarioResults, chart: Chart, scenario: Scenario, axes: Axes, narrow: bool
) -> None:
    deepest: float = 1
    for place, ((row, x, kind), histogram) in enumerate(found.distributions.items()):
        if kind == "service_time":
            continue  # the closed loop shows the same, and the table has it
        points = [
            (1 / (1 - part), us * chart.scale)
            for us, part, _ in percentile_lines(histogram)
            if part < 1
        ]
        deepest = max(deepest, points[-1][0])
        axes.plot(
            *zip(*points),
            color=style.line_style(row, place)[0],
            linewidth=1.8,
            linestyle="-" if "open" in str(x) else style.DASHED,
            label=f"{found.label(row)}, {x}",
        )
    levels = {level: text for level, text in PERCENTILES.items() if level <= deepest}
    axes.set_xscale("log")
    axes.minorticks_off()
    axes.set_xticks(list(levels), levels.values())
    axes.set_xlim(1.5, min(deepest, 30000))
    axes.set_yscale("log")
    axes.set_xlabel("percentile")


KINDS: dict[str, Callable[[ScenarioResults, Chart, Scenario, Axes, bool], None]] = {
    "bars": bars,
    "lines": lines,
    "groups": groups,
    "series": series,
    "distribution": distribution,
}
