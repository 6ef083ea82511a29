"""Where the code that a page shows stands: a caption with its file and line, linked to its source."""

import functools
import os
import pathlib
import re
from html import escape

from docs.site.measured import block

SNIPPET = re.compile(r"^\\snippet (\S+) (\S+)$", re.MULTILINE)
# Where the Doxyfile takes headers from by itself.
FOLDERS = ["common", "stage1_naive", "stage2_pool", "stage3_keepalive", "stage4_workers", "bench"]
PAGES = "docs/pages"
# What these files have for themselves alone, and the reference need not show.
HIDDEN = ["stagecoach::UpstreamPipeline::Connection", "stagecoach::ConnectionPool::Waiting"]


def first_line(path: str, tag: str) -> int:
    """Of what stands between the two lines that hold `[tag]`, counted from 1."""
    with open(path, encoding="utf-8") as file:
        found = [number for number, line in enumerate(file, 1) if f"[{tag}]" in line]
    if len(found) != 2:
        raise ValueError(f"{path} has not two lines with [{tag}]")
    return found[0] + 1


@functools.cache
def shown() -> list[str]:
    """The files whose code the pages show, and of which Doxygen has to be told."""
    paths = set()
    for page in pathlib.Path(PAGES).glob("*.md"):
        paths |= {path for path, _ in SNIPPET.findall(page.read_text(encoding="utf-8"))}
    return sorted(path for path in paths if not is_known(path))


def is_known(path: str) -> bool:
    return path.endswith(".hpp") and path.partition("/")[0] in FOLDERS


def settings() -> str:
    """For Doxygen: each of them gets a page of its source, and hides what it has of its own."""
    return f"INPUT += {' '.join(shown())}\nEXCLUDE_SYMBOLS += {' '.join(HIDDEN)}\n"


@functools.cache
def with_pages() -> list[str]:
    """All files that have a page of their source."""
    found = [str(path) for folder in FOLDERS for path in pathlib.Path(folder).rglob("*.hpp")]
    return sorted({*found, *shown()})


def page_of(path: str) -> str:
    """The address of a file's source, as Doxygen makes it: the name alone; of files with the same
    name, also the folders in which they differ."""
    name = os.path.basename(path)
    same = [other for other in with_pages() if os.path.basename(other) == name]
    if path not in same:
        raise ValueError(f"{path} has no page of its source")
    if len(same) > 1:
        common = os.path.commonpath(same)
        name = os.path.relpath(path, common) if common else path
    for character, written in [("_", "__"), ("/", "_2"), (".", "_8")]:
        name = name.replace(character, written)
    return f"{name}_source.html"


def caption(path: str, tag: str) -> str:
    line = first_line(path, tag)
    link = f'<a href="{page_of(path)}#l{line:05}">{escape(path)}, line {line}</a>'
    return block(f'<p class="place">{link}</p>')


def captioned(text: str) -> str:
    """A page, with a caption above each piece of code."""
    return SNIPPET.sub(lambda found: f"{caption(*found.groups())}\n{found[0]}", text)
