"""The list of a page's sections, made from the finished page: so it is the same with every Doxygen."""

import re

# Doxygen's own headings have an anchor in them, those that are written as HTML an id.
HEADING = re.compile(
    r'<h([1-4])(?: [^>]*)?>\s*<a class="anchor" id="([^"]+)"></a>\s*(.*?)</h\1>'
    r'|<h([1-4]) id="([^"]+)"[^>]*>(.*?)</h\4>',
    re.DOTALL,
)
START = re.compile(r'<div class="contents">\s*<div class="textblock">')
LEAST = 3  # Fewer need no list.


def headings(page: str) -> list[tuple[int, str, str]]:
    """(level, anchor, text) of each."""
    found = []
    for match in HEADING.finditer(page):
        level, anchor, text = match.groups()[:3] if match[1] else match.groups()[3:]
        found.append((int(level), anchor, " ".join(re.sub(r"<[^>]+>", "", text).split())))
    return found


def with_list(page: str) -> str:
    """The page with a list of its sections in front of them: folded, until page.js finds room."""
    found = headings(page)
    if len(found) < LEAST:
        return page
    highest = min(level for level, _, _ in found)
    items = "".join(
        f'<li class="level{level - highest + 1}"><a href="#{anchor}">{text}</a></li>'
        for level, anchor, text in found
        if level <= highest + 1
    )
    ours = (
        '<nav class="sections" aria-label="Sections of this page"><details>'
        f"<summary>On this page</summary><ul>{items}</ul></details></nav>"
    )
    return START.sub(lambda start: start[0] + ours, page, count=1)
