"""The lab's tour, as the pages show it: from the file that the lab itself reads."""

import json
from html import escape
from typing import Any

from docs.site.measured import block

TOUR = "bench/lab/tour.json"


def steps() -> list[dict[str, Any]]:
    with open(TOUR, encoding="utf-8") as file:
        return json.load(file)


def where(step: dict[str, Any]) -> str:
    return f"{step['chapter']}#{step['anchor']}"


def tour() -> str:
    """All steps: what to predict, and where it is explained."""
    items = "".join(
        f'<li><a href="{where(step)}"><b>{escape(step["title"])}</b></a>: '
        f"{escape(step['predict'])}</li>"
        for step in steps()
    )
    return block(f"<ol>{items}</ol>")


def tour_step(number: str) -> str:
    """The way from a chapter to the step that shows its idea."""
    title = steps()[int(number) - 1]["title"]
    return f'*See it move*: `./run lab`, step {number} of its tour, "{title}" (\\ref lab).'
