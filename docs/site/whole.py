"""Words that stay whole: tables scroll by themselves if the screen is narrower, and an option is not
broken at its hyphens."""

import re

TABLE = re.compile(r'<table class="markdownTable">.*?</table>', re.DOTALL)
CELL = re.compile(r'<td class="markdownTableBody(?:None|Left)">(.*?)</td>', re.DOTALL)
NAME = re.compile(r"<code>([\w.]{24,})</code>")  # Too long for one line of a phone.
CODE = re.compile(r"<code>[^<]+</code>")
OPTION = re.compile(r"(?<![\w.-])--?[a-zA-Z][\w-]{0,30}")
WORDY = 24  # Characters, from which on a cell is a sentence, which needs some width to be read.


def scrolling(page: str) -> str:
    """The page, in which tables scroll and long names may break behind a dot, and nowhere else."""

    def mended(table: re.Match[str]) -> str:
        return f'<div class="wide">{NAME.sub(breakable, CELL.sub(marked, table[0]))}</div>'

    return TABLE.sub(mended, page)


def whole_options(page: str) -> str:
    """The page, in which --pool-max-open stays in one line. A listing has lines of its own."""

    def kept(code: re.Match[str]) -> str:
        return OPTION.sub(r'<span class="whole">\g<0></span>', code[0])

    return CODE.sub(kept, page)


def breakable(name: re.Match[str]) -> str:
    return f'<code class="long">{name[1].replace(".", ".<wbr/>")}</code>'


def marked(cell: re.Match[str]) -> str:
    """A cell of words is told from one of a name or a number."""
    words = re.sub(r"<code>.*?</code>|<[^>]+>", "", cell[1], flags=re.DOTALL)
    return cell[0].replace('">', ' wordy">', 1) if len(words) > WORDY else cell[0]
