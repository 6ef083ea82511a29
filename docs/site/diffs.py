"""What a stage adds to the one before, made from the sources each time the site is built."""

import difflib
import pathlib
from collections.abc import Iterator
from html import escape

from docs.site.measured import block

STAGES = ["stage1_naive", "stage2_pool", "stage3_keepalive", "stage4_workers"]
LONG = 40  # Lines; what is longer is folded.
SHARED = ["server.hpp", "server.cpp", "main.cpp", "CMakeLists.txt"]


def lines_of(path: str) -> list[str]:
    with open(path, encoding="utf-8") as file:
        return file.read().splitlines()


def code_of(path: str) -> list[str]:
    """Without the tags that mark what the pages show."""
    return [line for line in lines_of(path) if not line.strip().startswith("// [")]


def changes(stage: int, name: str) -> Iterator[tuple[str, str]]:
    """The unified diff of a file that both have: (kind, text), without the two lines of names."""
    old, new = (code_of(f"{folder}/{name}") for folder in STAGES[stage - 2 : stage])
    for line in list(difflib.unified_diff(old, new, n=2, lineterm=""))[2:]:
        yield {"+": "add", "-": "del", "@": "place"}.get(line[0], "same"), line


def count(lines: list[tuple[str, str]]) -> tuple[int, int]:
    """How many lines were added and removed."""
    kinds = [kind for kind, _ in lines]
    return kinds.count("add"), kinds.count("del")


def listing(lines: list[tuple[str, str]]) -> str:
    body = "".join(f'<span class="{kind}">{escape(text) or " "}</span>' for kind, text in lines)
    return f'<pre class="diff">{body}</pre>'


def file_section(path: str, lines: list[tuple[str, str]], words: str) -> str:
    shown = listing(lines)
    heading = f"<code>{escape(path)}</code> <small>{words}</small>"
    if len(lines) > LONG:
        return f"<details><summary>{heading}</summary>{shown}</details>"
    return f"<h3>{heading}</h3>{shown}"


def changed_section(stage: int, name: str) -> str:
    lines = list(changes(stage, name))
    added, removed = count(lines)
    words = f"{added} lines added, {removed} removed" if lines else "the same"
    return file_section(f"{STAGES[stage - 1]}/{name}", lines, words)


def server(stage: str) -> str:
    """The diff of server.cpp, for a chapter."""
    return block(f'<div class="diffs">{changed_section(int(stage), "server.cpp")}</div>')


def new_files(stage: int) -> list[str]:
    folder = STAGES[stage - 1]
    known = {f"{folder}/{name}" for name in SHARED}
    found = [str(path) for path in pathlib.Path(folder).rglob("*")]
    return [path for path in found if path not in known and path.endswith((".hpp", ".cpp", ".txt"))]


def is_test(path: str) -> bool:
    return path.endswith(("_test.cpp", "_fixture.hpp"))


def new_section(path: str) -> str:
    lines = [("add", f"+{line}") for line in code_of(path)]
    return file_section(path, lines, f"new, {len(lines)} lines")


def whole(stage: int) -> str:
    """Everything: the files that both have, then what is new, tests last."""
    stage = int(stage)
    new = new_files(stage)
    parts = [changed_section(stage, name) for name in SHARED]
    parts += [new_section(path) for path in sorted(new, key=lambda path: (is_test(path), path))]
    return block(f'<div class="diffs">{"".join(parts)}</div>')


def summary(stage: int | str) -> str:
    """One sentence: how much is new."""
    stage = int(stage)
    new = new_files(stage)
    code = [path for path in new if not is_test(path) and not path.endswith(".txt")]
    added, removed = count(list(changes(stage, "server.cpp")))
    size = sum(len(code_of(path)) for path in code)
    tests = sum(len(code_of(path)) for path in new if is_test(path))
    return (
        f"`server.cpp` gains {added} lines and loses {removed}; {len(code)} files of code are new, "
        f"{size:,} lines, and {tests:,} lines of tests."
    )


def page(stage: int) -> str:
    """The page of the whole diff."""
    before, after = STAGES[stage - 2], STAGES[stage - 1]
    return (
        f"# From stage {stage - 1} to stage {stage} {{#diff{stage}}}\n\n"
        f"Everything that `{after}/` has and `{before}/` has not, as it is in the sources that this "
        f"site was built from. {summary(stage)} Long files are folded. Back to \\ref stage{stage}.\n"
        + whole(stage)
    )
