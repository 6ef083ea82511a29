"""A built site: what leads nowhere, what would leave the page, and code that does not look like it."""

import os
import re
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

CODE = {"code", "pre", "script", "style"}
BROKEN_CODE = re.compile(r"`|–[a-z]")  # What Doxygen leaves of code that it did not take for code.
LOADS = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []  # What a reader can follow,
        self.loads: list[str] = []  # and what the browser fetches by itself.
        self.texts: list[str] = []  # Outside of code.
        self.code = 0  # How deep in it.
        self.in_line = False  # Of a listing.

    def handle_endtag(self, tag: str) -> None:
        self.code -= tag in CODE or (tag == "div" and self.in_line)
        self.in_line = self.in_line and tag != "div"

    def handle_data(self, text: str) -> None:
        if not self.code:
            self.texts.append(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        self.in_line = self.in_line or (tag == "div" and given.get("class") == "line")
        self.code += tag in CODE or (tag == "div" and self.in_line)
        self.anchors |= {given[name] for name in ("id", "name") if given.get(name)}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        target = given.get(LOADS.get(tag, ""))
        if target:
            self.loads.append(target)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attributes)
        self.code -= tag in CODE


def read(path: str) -> Page:
    page = Page()
    with open(path, encoding="utf-8", errors="replace") as file:
        page.feed(file.read())
    return page


def broken(folder: str) -> list[str]:
    """A line for each."""
    pages = {}
    for where, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".html"):
                path = os.path.normpath(os.path.join(where, name))
                pages[path] = read(path)
    findings = []
    for path, page in sorted(pages.items()):
        for target in page.loads:
            if urlsplit(target).scheme not in ("", "javascript") or target.startswith("//"):
                findings.append(f"{path}: loads {target}")
        for text in page.texts:
            if BROKEN_CODE.search(text):
                findings.append(f"{path}: broken code in: {' '.join(text.split())[:100]}")
        for target in page.links + page.loads:
            problem = wrong(path, target, pages)
            if problem:
                findings.append(f"{path}: {target}: {problem}")
    return findings


def wrong(path: str, target: str, pages: dict[str, Page]) -> str:
    """What is wrong with a link, or nothing. Those to other sites are not followed."""
    parts = urlsplit(target)
    if parts.scheme or target.startswith("//"):
        return ""
    there = path
    if parts.path:
        there = os.path.normpath(os.path.join(os.path.dirname(path), unquote(parts.path)))
    if not os.path.exists(there):
        return "no such file"
    if parts.fragment and there in pages and unquote(parts.fragment) not in pages[there].anchors:
        return "no such anchor"
    return ""
