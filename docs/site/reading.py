"""What there is to read to understand a stage completely: its sources, and all that they include.

    python3 -m docs.site.reading     # the files of each stage that the one before does not have
"""

import pathlib
import re

STAGES = ["stage1_naive", "stage2_pool", "stage3_keepalive", "stage4_workers"]
# Rooms that a reader of the lesson can leave closed.
SKIPPED = ("common/operations/", "common/origin/")
INCLUDE = re.compile(r'^#include "(.+)"$', re.MULTILINE)


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


def main() -> None:
    for stage, added in steps().items():
        print(f"{stage}: {sum(added.values())} lines in {len(added)} files")
        for name, count in added.items():
            print(f"  {count:4} {name}")


if __name__ == "__main__":
    main()
