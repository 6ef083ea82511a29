"""Parts of a page."""

from collections.abc import Iterable, Sequence
from html import escape


def section(name: str, heading: str, body: str) -> str:
    return f'<section id="{name}"><h2>{escape(heading)}</h2>{body}</section>'


def items(sentences: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences) + "</ul>"


def table(headings: Iterable[str], lines: Iterable[Sequence[str]], classes: str = "") -> str:
    head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    body = ""
    for first, *others in lines:
        cells = "".join(f"<td>{escape(text)}</td>" for text in others)
        body += f"<tr><th>{escape(first)}</th>{cells}</tr>"
    return (
        f'<div class="wide-table {classes}"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )
