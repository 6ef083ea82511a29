"""Charts as SVG whose colours are the page's, so that they follow light and dark."""

import io
import re
from html import escape

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot  # noqa: E402  (the backend has to be chosen first)

from suite.chart_kinds import KINDS  # noqa: E402
from suite.chart_style import FONT, RC, REPLACED, short  # noqa: E402
from suite.results import ScenarioResults  # noqa: E402
from suite.scenario import Chart, Scenario  # noqa: E402

SIZES = {"wide": 7.4, "narrow": 3.7}  # width in inches: for a desk, and for a phone


def draw(found: ScenarioResults, chart: Chart, scenario: Scenario, size: str) -> str:
    narrow = size == "narrow"
    height = 3.6 + (0.16 * len(found.rows()) if narrow else 0)
    if chart.kind == "bars":
        height = 0.7 + 0.3 * len(found.rows())
    with pyplot.rc_context(RC | {"svg.hashsalt": f"{found.name}-{chart.metric}-{size}"}):
        figure, axes = pyplot.subplots(figsize=(SIZES[size], height), layout="constrained")
        KINDS[chart.kind](found, chart, scenario, axes, narrow)
        if chart.kind != "bars":
            axes.yaxis.set_major_formatter(short)
            axes.set_ylabel(chart.axis)
            place = {"loc": "lower left", "bbox_to_anchor": (0, 1.01), "borderaxespad": 0}
            axes.legend(**place, ncols=1 if narrow else 3, handlelength=2.4)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
        pyplot.close(figure)
    return out.getvalue()


def svg(found: ScenarioResults, chart: Chart, scenario: Scenario, size: str) -> str:
    """The SVG element, for a page that defines the colours."""
    text = draw(found, chart, scenario, size)
    text = re.sub(r"<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.DOTALL)
    for color, variable in REPLACED.items():
        text = text.replace(color, f"var({variable})")
    text = text.replace(f"'{FONT}'", "system-ui, sans-serif")
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
