"""The words of the site: search-index.js, an index of lunr's over the text of each section of each page.

Pages are read as Doxygen has written them. Chapters come first, then the traps, what a reader looks up,
classes and their members, and at last the sources.
"""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from lunr.builder import Builder

from docs.site import pages

KINDS = ["Chapters", "Traps", "To look up", "Classes and functions", "Sources"]
LISTS = r"dir_|graph_legend|annotated|files|namespaces\.|.*-members\."
NO_PAGES = re.compile(
    LISTS + r"|.*_8(md|dox|hpp|cpp)\."
)  # A file's source says what its page does.
SILENT = {"script", "style", "svg", "nav", "iframe"}
SILENT_CLASSES = {"lineno", "ttc", "toc", "definition", "dynheader", "dyncontent", "memberdecls"}
SILENT_CLASSES |= {"permalink", "mlabels", "compoundTemplParams", "overload", "memtemplate"}
SILENT_CLASSES |= {"groupheader", "summary"}
EMPTY = {"br", "img", "hr", "input", "link", "meta", "area", "col", "source"}
BLOCKS = {
    "p",
    "div",
    "td",
    "th",
    "li",
    "dt",
    "dd",
    "tr",
    "pre",
    "summary",
    "figcaption",
    "h1",
    "h2",
}
HEADING = re.compile(r"h\d")
ADDED = re.compile(r"More\.\.\.|#include <\w+/.*>\n|Go to the documentation of this file\.")
COMPOUND = re.compile(r"\w+(?:[-.]\w+)*")  # As in search.js.
JOINT = re.compile(r"[-._]+|(?<=[a-z])(?=[A-Z])")


@dataclass
class Section:
    kind: int
    url: str
    page: str
    title: str
    text: str = ""
    pieces: list[str] = field(default_factory=list, repr=False)


class Reader(HTMLParser):
    """The sections of a page; a source is one, whose lines are kept apart."""

    def __init__(self, name: str, kind: int) -> None:
        super().__init__()
        self.name, self.kind = name, kind
        self.sections: list[Section] = []
        self.anchor = ""
        self.open: list[tuple[str, bool]] = []  # Elements, and whether nothing in them is read.
        self.into: list[str] | None = None  # Where text goes: a title, or what stands below it.
        self.title: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        classes = set(given.get("class", "").split())
        if tag == "a" and given.get("id"):
            self.anchor = given["id"]
        if tag == "hr" and self.kind == 3:
            self.into = None  # Which file it comes from.
        if tag in EMPTY:
            return
        silent = tag in SILENT or bool(classes & SILENT_CLASSES)
        self.open.append((tag, silent or self.is_silent()))
        word = tag in {"b", "strong"} and self.anchor.startswith("word_")  # Of the glossary.
        if "title" in classes or self.sections and not silent and (word or HEADING.match(tag)):
            self.into = self.title = []

    def is_silent(self) -> bool:
        return bool(self.open) and self.open[-1][1]

    def handle_endtag(self, tag: str) -> None:
        if self.into is self.title and (tag in {"div", "b", "strong"} or HEADING.match(tag)):
            self.begin(" ".join("".join(self.title).split()))
        elif self.into is not None and tag in BLOCKS and self.kind != 4:
            self.into.append("\n")
        while self.open and self.open.pop()[0] != tag:
            pass

    def begin(self, title: str) -> None:
        first = self.sections[0] if self.sections else None
        page = first.page or first.title if first else ""
        anchor = f"#{self.anchor}" if first else ""
        if name := re.fullmatch(
            r"([\w:]+)(<.*>)? (Class|Struct|Namespace)( Template)? Reference", title
        ):
            page, title = name[1], name[1].split("::")[-1]
        self.sections.append(Section(self.kind, self.name + anchor, page, title))
        self.into, self.title, self.anchor = self.sections[-1].pieces, [], ""

    def handle_data(self, data: str) -> None:
        if self.into is not None and not self.is_silent():
            self.into.append(data)


def kind_of(name: str) -> int:
    stem = name.removesuffix(".html")
    if stem.endswith("_source"):
        return 4
    for kind, group in enumerate([pages.CHAPTERS, pages.TRAPS, pages.ALL]):
        if stem in [page.name for page in group]:
            return kind
    return 2 if stem.startswith("diff") else 3


def sections(folder: str) -> Iterator[Section]:
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".html") or NO_PAGES.match(name):
            continue
        reader = Reader(name, kind_of(name))
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            reader.feed(file.read())
        for section in reader.sections:
            text = ADDED.sub("", "".join(section.pieces))
            section.text = text.strip() if section.kind == 4 else " ".join(text.split())
            yield section


def words(text: str) -> Iterator[str]:
    """Each whole, and its parts if it has some: `head-of-line`, `head`, `of`, `line`."""
    for compound in COMPOUND.findall(text):
        yield compound.lower()
        parts = [part for part in JOINT.split(compound) if part]
        if len(parts) > 1:
            yield from (part.lower() for part in parts)


def index(found: list[Section]) -> dict[str, Any]:
    builder = Builder()
    builder.b(0.3)  # A short section only names a thing: what explains it comes first.
    builder.field("title", boost=8)
    builder.field("text")
    for number, section in enumerate(found):
        fields = {"title": list(words(section.title)), "text": list(words(section.text))}
        builder.add({"id": number} | fields)
    serialized: dict[str, Any] = builder.build().serialize()
    return serialized


def write(folder: str) -> int:
    """The number of sections."""
    found = sorted(sections(folder), key=lambda section: section.kind)
    rows = [[each.kind, each.url, each.page, each.title, each.text] for each in found]
    document = {"kinds": KINDS, "sections": rows, "index": index(found)}
    with open(f"{folder}/search-index.js", "w", encoding="utf-8") as file:
        file.write(f"searchLoaded({json.dumps(document, separators=(',', ':'))});\n")
    return len(found)
