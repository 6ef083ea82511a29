"""Tables that keep their words whole: each scrolls by itself where the screen is narrower."""

import re

TABLE = re.compile(r'<table class="markdownTable">.*?</table>', re.DOTALL)
CELL = re.compile(r'<td class="markdownTableBody(?:None|Left)">(.*?)</td>', re.DOTALL)
WORDY = 24  # Characters, from which on a cell is a sentence, which needs some width to be read.


def scrolling(page: str) -> str:
    return TABLE.sub(lambda table: f'<div class="wide">{CELL.sub(marked, table[0])}</div>', page)


def marked(cell: re.Match[str]) -> str:
    """A cell of words is told from one of a name or a number."""
    words = re.sub(r"<code>.*?</code>|<[^>]+>", "", cell[1], flags=re.DOTALL)
    return cell[0].replace('">', ' wordy">', 1) if len(words) > WORDY else cell[0]
