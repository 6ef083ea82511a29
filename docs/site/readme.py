"""The results in README.zh-CN.md, put into Chinese from those in README.md by the words of
docs/readme.zh-CN.json: checks them, or writes them anew (--update)."""

import argparse
import json
import pathlib
import re
import sys

from suite.readme import BEGIN, END

ENGLISH, CHINESE = pathlib.Path("README.md"), pathlib.Path("README.zh-CN.md")
WORDS = pathlib.Path("docs/readme.zh-CN.json")
FIGURES = re.compile(r"[-~<>.,()\d ]*")


class Words:
    """Raises ValueError, which names it, for a text that they lack."""

    def __init__(self, text: str) -> None:
        found = json.loads(text)
        self.cells, self.paragraphs = found["cells"], found["paragraphs"]

    def cell(self, english: str) -> str:
        if not FIGURES.fullmatch(english) and english not in self.cells:
            raise ValueError(f"{WORDS} has no cell '{english}'")
        return str(self.cells.get(english, english))

    def row(self, line: str) -> str:
        if set(line) <= set("|-:"):
            return line
        return (
            "|" + "|".join(f" {self.cell(cell.strip())} " for cell in line[1:-1].split("|")) + "|"
        )

    def paragraph(self, english: str) -> str:
        """A table, or text whose lines become one: a line break would be a space in Chinese."""
        lines = english.splitlines()
        if english.startswith("|"):
            return "\n".join(map(self.row, lines))
        for pattern, chinese in self.paragraphs.items():
            if match := re.fullmatch(pattern, " ".join(lines)):
                return match.expand(chinese)
        raise ValueError(f"{WORDS} has no paragraph '{english}'")


def parts(readme: str) -> tuple[str, str, str]:
    """What stands in front of the results, the results, and what is behind them."""
    before, begin, rest = readme.partition(BEGIN)
    results, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"a README has no {BEGIN.strip()} … {END}")
    return before, results, after


def expected(chinese: str, english: str, words: Words) -> str:
    """The Chinese README with the results of the English one."""
    before, _, after = parts(chinese)
    results = map(words.paragraph, parts(english)[1].strip().split("\n\n"))
    return before + BEGIN + "\n\n".join(results) + "\n" + END + after


def main() -> None:
    parser = argparse.ArgumentParser(prog="python3 -m docs.site.readme", description=__doc__)
    parser.add_argument("--update", action="store_true")
    update = parser.parse_args().update
    english, chinese, words = (
        path.read_text(encoding="utf-8") for path in [ENGLISH, CHINESE, WORDS]
    )
    try:
        wanted = expected(chinese, english, Words(words))
    except ValueError as error:
        sys.exit(f"readme: {error}")
    if update:
        CHINESE.write_text(wanted, encoding="utf-8")
    elif chinese != wanted:
        sys.exit(f"readme: {CHINESE} and {ENGLISH} disagree; --update writes the tables anew")


if __name__ == "__main__":
    main()
