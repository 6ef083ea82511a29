"""What stands in a page's head: the scripts of the style, and what a search engine or a link shows."""

import re
import subprocess
from html import escape

from docs.site import pages

SCRIPTS = ["doxygen-awesome-darkmode-toggle.js", "doxygen-awesome-fragment-copy-button.js"]
SCRIPTS += ["page.js", "search.js"]
STARTED = "DoxygenAwesomeDarkModeToggle.init(); DoxygenAwesomeFragmentCopyButton.init();"
# A heading in the navigation, above the first entry of a group: (heading, address of that entry).
HEADINGS = [
    ("The chapters", pages.CHAPTERS[1]),
    ("To look up", pages.BESIDE[0]),
]
PREVIEW = "preview.png"  # Beside the pages: nobody knows at what address they will be read.
TITLE = re.compile(r"<title>Stagecoach: (.*?)</title>")
START = "how a TCP server becomes fast, in four stages that run"  # The title of the first page.
ABOUT = {page.name: page.about for page in pages.ALL} | {
    f"diff{stage}": f"All that stage {stage} changes in stage {stage - 1}, file by file."
    for stage in [2, 3, 4]
}


def headings() -> str:
    """The navigation is a list that a script writes; it has no room for a heading, but CSS has."""
    rules = "".join(
        f'#nav-tree li:has(> .item a[href="{pages.address(page)}"])::before'
        f'{{content:"{heading}"}}\n'
        for heading, page in HEADINGS
    )
    return f"<style>\n{rules}</style>\n"


def write(folder: str) -> None:
    """Doxygen's own header, of whichever version this is, with what is ours."""
    header = f"{folder}/header.html"
    subprocess.run(
        ["doxygen", "-w", "html", header, f"{folder}/footer.html", f"{folder}/unused.css"],
        check=True,
        capture_output=True,
    )
    with open(header, encoding="utf-8") as file:
        text = file.read()
    ours = headings() + "".join(
        f'<script type="text/javascript" src="$relpath^{name}"></script>\n' for name in SCRIPTS
    )
    ours += f'<script type="text/javascript">{STARTED}</script>\n'
    with open(header, "w", encoding="utf-8") as file:
        file.write(text.replace("</head>", ours + "</head>"))


def described(name: str, page: str) -> str:
    """The finished page with its description, and with what is shown of a link to it (Open Graph)."""
    found = TITLE.search(page)
    if not found:
        return page
    title = START if name == "index" else found[1]
    about = escape(ABOUT.get(name) or "") or f"{title}: from the source of Stagecoach."
    tags = "".join(
        f'<meta {kind}="{key}" content="{value}"/>\n'
        for kind, key, value in [
            ("name", "description", about),
            ("property", "og:type", "website"),
            ("property", "og:site_name", "Stagecoach"),
            ("property", "og:title", title[0].upper() + title[1:]),
            ("property", "og:description", about),
            ("property", "og:image", PREVIEW),
            ("name", "twitter:card", "summary_large_image"),
        ]
    )
    return page.replace(found[0], f"<title>Stagecoach: {title}</title>\n{tags.rstrip()}", 1)
