"""What there is to read to understand a stage completely: its sources, and all that they include.
The **Reading order** of each stage's README lists it, and this holds the list to the files.

    python3 -m docs.site.reading             # the files of each stage that the one before has not
    python3 -m docs.site.reading --update    # writes the lists' numbers; says what a list lacks
"""

import argparse
import os
import pathlib
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass

STAGES = ["stage1_naive", "stage2_pool", "stage3_keepalive", "stage4_workers"]
# Rooms that a reader of the lesson can leave closed.
SKIPPED = ("common/operations/", "common/origin/")
# No stage may add more lines to read, nor `bench` have more. To be lowered, never raised: the aims are
# 2,800, 750, 250, 1,500 and 9,500.
MOST_LINES = {
    "stage1_naive": 3820,
    "stage2_pool": 800,
    "stage3_keepalive": 250,
    "stage4_workers": 2250,
    "bench": 15150,
}
NOT_COUNTED = {"results", "contract", "build", "node_modules", "__pycache__"}

INCLUDE = re.compile(r'^#include "(.+)"$', re.MULTILINE)
LIST = re.compile(r"^\*\*Reading order.*?(?=^\*\*)", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| (.+) \| (read|skim|later) \| ([\d,]+) \|$", re.MULTILINE)
LINK = re.compile(r"\]\(([^)]+\.[ch]pp)\)")
TOTAL = re.compile(r"[\d,]+ lines in \d+ files, [\d,]+ of them at first")


def sources(header: pathlib.PurePath) -> list[pathlib.PurePath]:
    """A header and what it declares: the file of the same name beside it."""
    return [header, header.with_suffix(".cpp")]


def files(stage: str) -> set[str]:
    """All that `stage` stands on, from the top level, where the current directory has to be."""
    found: set[str] = set()
    left = sources(pathlib.PurePath(stage, "main.hpp"))
    while left:
        path = pathlib.Path(left.pop())
        name = path.as_posix()
        if name in found or name.startswith(SKIPPED) or not path.is_file():
            continue
        found.add(name)
        for included in INCLUDE.findall(path.read_text(encoding="utf-8")):
            left += sources(pathlib.PurePath(included))
    return found


def lines(name: str) -> int:
    with open(name, encoding="utf-8") as file:
        return sum(1 for _ in file)


def steps() -> dict[str, dict[str, int]]:
    """The files that each stage adds to the one before, and their lines."""
    known: set[str] = set()
    added = {}
    for stage in STAGES:
        new = files(stage) - known
        added[stage] = {name: lines(name) for name in sorted(new)}
        known |= new
    return added


def room(folder: str) -> dict[str, int]:
    """A folder's sources without their tests, and their lines."""
    paths = sorted(pathlib.Path(folder).glob("*.[ch]pp"))
    return {path.as_posix(): lines(str(path)) for path in paths if "_test." not in path.name}


def bench_lines() -> int:
    """Of all that somebody wrote there, but for the pages."""
    count = 0
    for where, folders, names in os.walk("bench"):
        folders[:] = set(folders) - NOT_COUNTED
        count += sum(lines(f"{where}/{name}") for name in names if not name.endswith(".md"))
    return count


@dataclass
class Row:
    files: list[str]
    at_first: bool  # To be read the first time.


class ReadingOrder:
    """The list of a stage's README."""

    def __init__(self, stage: str, added: dict[str, int]) -> None:
        self.path = pathlib.Path(stage, "README.md")
        self.text = self.path.read_text(encoding="utf-8")
        self.stage, self.added = stage, added
        found = LIST.search(self.text)
        self.list = found[0] if found else ""
        self.rows = [self._row(match) for match in ROW.finditer(self.list)]

    def _row(self, row: re.Match[str]) -> Row:
        """A link to a header or to its source stands for both."""
        named: list[str] = []
        for link in LINK.findall(row[1]):
            linked = os.path.normpath(f"{self.stage}/{link}")
            both = sources(pathlib.PurePath(linked).with_suffix(".hpp"))
            named += {file.as_posix() for file in both} & self.added.keys() | {linked}
        return Row(named, row[2] == "read")

    def lacks(self) -> Iterator[str]:
        """A line for each file that is in no row, in two, or in one and not the stage's."""
        listed = [name for row in self.rows for name in row.files]
        for name in sorted(set(listed) | set(self.added)):
            if name not in self.added:
                yield f"{self.path}: {name} is listed, and is no file that the stage adds"
            elif listed.count(name) != 1:
                yield f"{self.path}: {name} is in {listed.count(name)} rows, and belongs in one"
        if not TOTAL.search(self.list):
            yield f"{self.path}: nothing says 'N lines in N files, N of them at first'"

    def count(self, row: Row) -> int:
        return sum(self.added.get(name, 0) for name in row.files)

    def at_first(self) -> int:
        return sum(self.count(row) for row in self.rows if row.at_first)

    def updated(self) -> str:
        """The README with the numbers that are true now."""

        def counted(row: re.Match[str]) -> str:
            return f"| {row[1]} | {row[2]} | {self.count(self._row(row)):,} |"

        total = (
            f"{sum(self.added.values()):,} lines in {len(self.added)} files,"
            f" {self.at_first():,} of them at first"
        )
        return self.text.replace(self.list, TOTAL.sub(total, ROW.sub(counted, self.list)))


def reading_orders() -> list[ReadingOrder]:
    return [ReadingOrder(stage, added) for stage, added in steps().items()]


def update() -> list[str]:
    """What the lists lack."""
    lacks: list[str] = []
    for order in reading_orders():
        order.path.write_text(order.updated(), encoding="utf-8")
        lacks += order.lacks()
    return lacks


def main() -> None:
    parser = argparse.ArgumentParser(prog="python3 -m docs.site.reading")
    parser.add_argument("--update", action="store_true", help="write the numbers of the READMEs")
    if parser.parse_args().update:
        sys.exit("\n".join(update()) or 0)
    for stage, added in steps().items():
        print(f"{stage}: {sum(added.values())} lines in {len(added)} files")
        for name, count in added.items():
            print(f"  {count:4} {name}")
    print(f"bench: {bench_lines()} lines")


if __name__ == "__main__":
    main()
