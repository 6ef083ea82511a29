"""Figures that are drawn for the site, in the page's colours."""

import re
from html import escape
from typing import Any

from docs.trace import draw, figures as strips, recording, sequence as sequences
from docs.site.measured import STAGE_ROWS, Measured, block

STEPS = [
    ("naive", "a thread for each connection, a connection for each request", "new", "new", "C"),
    ("+ pool", "upstream connections are lent", "new", "kept", "C"),
    ("+ kept clients", "clients keep their connections", "kept", "kept", "C"),
    ("+ pipelining", "N workers behind a channel; requests share connections", "kept", "kept", "N"),
]
NAMES = [f"{number} {name}" for number, (name, *_) in enumerate(STEPS, 1)]


def pictogram(client: str, upstream: str, threads: str) -> str:
    """Client, gateway and upstream: dashed if a connection is made for each request."""
    bars = "".join(
        f'<rect class="g-thread" x="{66 + i * 7}" y="14" width="4" height="20" rx="2"/>'
        for i in range(5 if threads == "C" else 2)
    )
    return (
        '<svg viewBox="0 0 160 48" role="img" aria-hidden="true">'
        f'<path class="g-{client}" d="M20 24H58"/><path class="g-{upstream}" d="M104 24H140"/>'
        '<circle class="g-client" cx="14" cy="24" r="7"/>'
        '<rect class="g-gateway" x="58" y="6" width="46" height="36" rx="6"/>'
        f'{bars}<circle class="g-upstream" cx="147" cy="24" r="7"/></svg>'
    )


def stage_map(measured: Measured) -> str:
    """The four stages as steps that lead to their chapters."""
    steps = ""
    for number, (_, idea, client, upstream, threads) in enumerate(STEPS, 1):
        speed = measured.value(STAGE_ROWS[number][-1], "requests_per_second")
        steps += (
            f'<a class="step" href="stage{number}.html"><b>{escape(NAMES[number - 1])}</b>'
            f"{pictogram(client, upstream, threads)}<span>{escape(idea)}</span>"
            f"<strong>{speed}</strong><small>requests a second</small></a>"
        )
    return block(
        f'<nav class="steps" aria-label="The four stages">{steps}</nav>'
        '<p class="legend">A dashed line is a connection made for each request, a solid one is kept; '
        "bars are threads: as many as clients, or as told.</p>"
    )


STAIRS = [
    ("stage4_workers", "workers · pipeline"),
    ("stage3_keepalive", "keepalive listener"),
    ("stage2_pool", "connection pool"),
    ("stage1_naive", "the baseline"),
    ("common", "resp · net · gateway · operations · origin"),
]


def staircase() -> str:
    """The folders as steps: each stands on all that are below it."""
    steps = ""
    for level, (folder, holds) in enumerate(STAIRS):
        x, y, width = 300 - 75 * level, 8 + 50 * level, 330 + 75 * level
        if folder == "common":
            x, width = 0, 630
        steps += (
            f'<rect class="s-step" x="{x}" y="{y}" width="{width}" height="44" rx="6"/>'
            f'<text class="s-name" x="{x + 14}" y="{y + 27}">{folder}</text>'
            f'<text class="s-holds" x="{x + 172}" y="{y + 27}">{holds}</text>'
        )
    return drawing(
        '<svg viewBox="0 0 632 262" role="img" aria-label="Each stage stands on those before it">'
        f"{steps}</svg>",
        "Each step may use what is below it, and nothing above.",
    )


def drawing(svg: str, caption: str, classes: str = "scroll") -> str:
    """An SVG as part of the page, so that it follows the page's colours."""
    svg = re.sub(r"\n\s*\n+", "\n", svg[svg.index("<svg") :])
    return block(
        f'<figure class="drawing"><div class="{classes}">{svg}</div>'
        f"<figcaption>{caption}</figcaption></figure>"
    )


ORDER_IS_TRUE = "The order is true, the distances are not: recording slows every step."


def wide_and_narrow(wide: str, narrow: str, caption: str) -> str:
    """A figure of which the page shows either, by the width that there is."""
    return drawing(wide, caption, "scroll desk").replace(
        "<figcaption>", f'<div class="phone">{narrow}</div><figcaption>'
    )


def narrow_strip(found: dict[str, Any]) -> str:
    """A strip from top to bottom, and what it adds up to."""
    _, note = draw.heading(found)
    root = f"narrow-{found['stage']}" + ("-at-once" if recording.at_once(found) > 1 else "")
    svg = sequences.narrow_strip(found, root)
    return f"{svg}<p>{escape(note)} {escape(recording.in_words(found))}</p>"


def one_request() -> str:
    """One request through each stage, under each other; on a phone one at a time."""
    every = [*map(strips.recorded, strips.STAGES), strips.at_once()]
    narrow = "".join(
        f"<details{' open' if place == 0 else ''}><summary>{escape(draw.heading(found)[0])}</summary>"
        f"{narrow_strip(found)}</details>"
        for place, found in enumerate(every)
    )
    return wide_and_narrow(
        strips.one_request(),
        narrow,
        f"One GET through each stage, and four at once through the last. {ORDER_IS_TRUE}",
    )


def strip(stage: str) -> str:
    found = strips.recorded(int(stage))
    return wide_and_narrow(
        draw.figure([found], root=f"strip-{stage}"),
        narrow_strip(found),
        f"One GET through stage {stage}, as <code>./run trace {stage}</code> shows it. {ORDER_IS_TRUE}",
    )


def at_once() -> str:
    found = strips.at_once()
    return wide_and_narrow(
        draw.figure([found], root="strip-at-once"),
        narrow_strip(found),
        f"Four at once, <code>./run trace 4 --at-once 4</code>. {ORDER_IS_TRUE}",
    )


def sequence(stage: str) -> str:
    svg = sequences.sequence(strips.recorded(int(stage)))
    return drawing(
        svg,
        f"One GET through stage {stage}: packets, and the calls that send and take them.",
        "tall",
    )
