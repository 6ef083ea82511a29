"""Links, anchors and images of a built site: what leads nowhere, and what would leave the page."""

import os
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

LOADS = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.anchors = set()
        self.links = []  # What a reader can follow,
        self.loads = []  # and what the browser fetches by itself.

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.anchors |= {given[name] for name in ("id", "name") if given.get(name)}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        target = given.get(LOADS.get(tag, ""))
        if target:
            self.loads.append(target)

    handle_startendtag = handle_starttag


def read(path):
    page = Page()
    with open(path, encoding="utf-8", errors="replace") as file:
        page.feed(file.read())
    return page


def broken(folder):
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
        for target in page.links + page.loads:
            problem = wrong(path, target, pages)
            if problem:
                findings.append(f"{path}: {target}: {problem}")
    return findings


def wrong(path, target, pages):
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
