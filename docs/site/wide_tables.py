"""Tables that keep their words whole: each scrolls by itself where the screen is narrower."""

import re

TABLE = re.compile(r'<table class="markdownTable">.*?</table>', re.DOTALL)
CELL = re.compile(r'<td class="markdownTableBody(?:None|Left)">(.*?)</td>', re.DOTALL)
NAME = re.compile(r"<code>([\w.]{24,})</code>")  # Too long for one line of a phone.
WORDY = 24  # Characters, from which on a cell is a sentence, which needs some width to be read.


def scrolling(page: str) -> str:
    """The page, in which tables scroll and long names may break behind a dot, and nowhere else."""

    def mended(table: re.Match[str]) -> str:
        return f'<div class="wide">{NAME.sub(breakable, CELL.sub(marked, table[0]))}</div>'

    return TABLE.sub(mended, page)


def breakable(name: re.Match[str]) -> str:
    return f'<code class="long">{name[1].replace(".", ".<wbr/>")}</code>'


def marked(cell: re.Match[str]) -> str:
    """A cell of words is told from one of a name or a number."""
    words = re.sub(r"<code>.*?</code>|<[^>]+>", "", cell[1], flags=re.DOTALL)
    return cell[0].replace('">', ' wordy">', 1) if len(words) > WORDY else cell[0]
