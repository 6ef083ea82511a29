"""How charts look: colours that the page defines, and what is written beside their axes."""

import textwrap

from suite import subjects

# Placeholders for the page's colours, which replace them.
INK, GRID, PEER = "#010101", "#020202", "#040404"
LINES = [f"#0500{i:02x}" for i in range(1, 12)]  # the first four are the stages'
REPLACED = {INK: "--ink", GRID: "--grid", PEER: "--peer"} | {
    color: f"--stage-{i}" if i <= 4 else f"--line-{i}" for i, color in enumerate(LINES, 1)
}
MARKERS = ["p", "^", "s", "o", "D", "v", "P", "X", "h", "<", ">"]
DASHED = (0, (4, 2))
ORDER = [  # The same subject has the same colour in all charts.
    subjects.NAIVE.name,
    subjects.POOL.name,
    subjects.KEEPALIVE.name,
    subjects.PIPELINING.name,
    subjects.WORKERS.name,
    subjects.TWEMPROXY.name,
    subjects.HAPROXY.name,
    subjects.GO_KEEPALIVE.name,
    subjects.GO_CORRECTED.name,
    subjects.DIRECT.name,
    subjects.BARE_EPOLL.name,
]
FONT = "DejaVu Sans"  # wider than a browser's font, so that nothing is clipped
RC = {
    "svg.fonttype": "none",
    "font.size": 8.5,
    "font.family": FONT,
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


def line_style(name: str, place: int) -> tuple[str, str]:
    name = subjects.WORKERS.name if name == subjects.ONE_WORKER.name else name
    index = ORDER.index(name) if name in ORDER else 4 + place
    return LINES[index % len(LINES)], MARKERS[index % len(MARKERS)]


def short(value: float, _: object = None) -> str:
    """A number on an axis: 20k, 1.5M."""
    for unit, factor in [("M", 1e6), ("k", 1e3)]:
        if abs(value) >= factor:
            return f"{value / factor:g}{unit}"
    return f"{value:g}"


def size_label(value: int | float | str | None) -> str:
    """A number as readers write it, such as 1 MiB for a power of two."""
    if isinstance(value, int) and value >= 1024 and value % 1024 == 0:
        return f"{value // 1024}k" if value < 1 << 20 else f"{value >> 20}M"
    return short(value) if isinstance(value, (int, float)) else str(value)


def wrapped(text: str, width: int) -> str:
    return "\n".join(textwrap.wrap(text, width))
