"""Builds the site: build/docs/html/index.html."""

import os
import re
import shutil
import subprocess
import sys
from typing import Any

from suite import report
from docs.site import diffs, header, links, pages, places, search, sections, whole
from docs.site.expand import Expander, anchored, way_on
from docs.trace import palette

SOURCES, OUT = "docs/pages", "build/docs"


def write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def write_pages(expander: Expander) -> None:
    """Each page with its directives replaced, and one page for each diff."""
    shutil.rmtree(f"{OUT}/pages", ignore_errors=True)
    os.makedirs(f"{OUT}/pages")
    names = {name.removesuffix(".md") for name in os.listdir(SOURCES)}
    known = {page.name for page in pages.ALL}
    if names != known:
        raise ValueError(f"{SOURCES} and pages.py disagree: {', '.join(sorted(names ^ known))}")
    for name in sorted(names):
        with open(f"{SOURCES}/{name}.md", encoding="utf-8") as file:
            text = expander.expand(file.read(), f"{SOURCES}/{name}.md")
        text = anchored(text) if name == "glossary" else text
        write(f"{OUT}/pages/{name}.md", text + way_on(name))
    for stage in [2, 3, 4]:
        write(f"{OUT}/pages/diff{stage}.md", diffs.page(stage))


def write_layout() -> None:
    """Doxygen's own, of whichever version this is: later ones show nothing that the file lacks."""
    path = f"{OUT}/layout.xml"
    subprocess.run(["doxygen", "-l", path], check=True, capture_output=True)
    with open(path, encoding="utf-8") as file:
        default = file.read()
    write(path, pages.layout(default))


def write_colours() -> None:
    """The palette. A page here follows its own switch, which begins with what the system says."""
    light, dark = palette.defined()
    rules = [palette.variables("html", light), palette.variables("html.dark-mode", dark)]
    write(f"{OUT}/colours.css", "\n".join(rules) + "\n")


def settings() -> str:
    """The Doxyfile, and what only earlier versions need: later ones do it by themselves, and warn."""
    with open("docs/Doxyfile", encoding="utf-8") as file:
        text = file.read()
    command = ["doxygen", "-g", "-"]
    known = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return text + ("DOT_TRANSPARENT = YES\n" if "\nDOT_TRANSPARENT " in known else "")


def doxygen(more: str = "") -> int:
    """Its exit code, with these settings beside the Doxyfile's."""
    given = settings() + more
    return subprocess.run(["doxygen", "-"], input=given, text=True, check=False).returncode


# Doxygen says what is undocumented only if it does not extract all, which the site needs: its
# pages refer to files. Without a tag file it warns that it has nothing to write.
DOCUMENTED = """
EXTRACT_ALL = NO
EXCLUDE_SYMBOLS = CLI stagecoach::detail
GENERATE_HTML = NO
GENERATE_TAGFILE = /dev/null
HAVE_DOT = NO
WARN_AS_ERROR = FAIL_ON_WARNINGS
"""


def check_documented() -> int:
    """Reads everything once more, in about a second, and writes nothing. The exit code."""
    return doxygen(DOCUMENTED)


# What Doxygen 1.9.4 writes and should not: a link to the list of a class's nested classes where all of
# them are private, and so not listed; empty lines at either end of a piece of code; a long dash where
# an option begins.
NESTED = '<a href="#nested-classes">Classes</a> &#124;\n'
LONG_DASH = re.compile(r"(&ndash;|–)(?=[a-z])")
EMPTY_FIRST = re.compile(r'(<div class="fragment">)(<div class="line"> *</div>\n)+')
EMPTY_LAST = re.compile(r'(<div class="line"> *</div>\n)+(</div><!-- fragment -->)')


def mend() -> None:
    """Each page without those, and with what it has from us."""
    written = {page.name for page in pages.ALL} | {f"diff{stage}" for stage in [2, 3, 4]}
    for entry in os.scandir(f"{OUT}/html"):
        if not entry.name.endswith(".html"):
            continue
        with open(entry.path, encoding="utf-8") as file:
            text = file.read()
        mended = LONG_DASH.sub("--", text)
        mended = EMPTY_LAST.sub(r"\2", EMPTY_FIRST.sub(r"\1", mended))
        if 'name="nested-classes"' not in text:
            mended = mended.replace(NESTED, "")
        name = entry.name.removesuffix(".html")
        mended = header.described(name, mended)
        if name in written:
            mended = whole.whole_options(whole.scrolling(sections.with_list(mended)))
        if mended != text:
            write(entry.path, mended)


def write_report(document: dict[str, Any]) -> None:
    os.makedirs(f"{OUT}/html/comparison")
    report.write(document, f"{OUT}/html/comparison")


def build() -> None:
    os.makedirs(OUT, exist_ok=True)
    expander = Expander()
    write_pages(expander)
    write_layout()
    write_colours()
    header.write(OUT)
    shutil.rmtree(f"{OUT}/html", ignore_errors=True)  # Pages that are no more.
    if doxygen(places.settings()) != 0:
        sys.exit("docs: doxygen's warnings are errors")
    if check_documented() != 0:
        sys.exit("docs: every public entity has to be documented")
    mend()
    search.write(f"{OUT}/html")
    write_report(expander.measured.document)
    write(f"{OUT}/html/beside.txt", "\n".join(pages.beside()) + "\n")
    broken = links.broken(f"{OUT}/html")
    for finding in broken[:50]:
        print(f"docs: {finding}", file=sys.stderr)
    if broken:
        sys.exit(f"docs: {len(broken)} broken links or pieces of code")


def main() -> None:
    try:
        build()
    except (ValueError, OSError, subprocess.SubprocessError) as error:
        sys.exit(f"docs: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
