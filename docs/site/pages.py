"""The pages of the tutorial, in the order in which it is read."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    name: str  # Of its file in docs/pages, and its address in the site.
    title: str  # In the navigation.


CHAPTERS = [
    Page("index", "Start"),
    Page("request", "What a request costs"),
    Page("stage1", "Stage 1: the baseline"),
    Page("stage2", "Stage 2: the connection pool"),
    Page("stage3", "Stage 3: the keepalive listener"),
    Page("stage4", "Stage 4: workers behind a channel"),
    Page("go_recipe", "The Go recipe, read closely"),
    Page("traps", "Traps"),
    Page("measuring", "Measuring"),
    Page("production", "In production"),
    Page("beyond", "Beyond one machine"),
    Page("failures", "What each failure costs"),
    Page("sizes", "Sizes, and the road to a million"),
]
BESIDE = [
    Page("lab", "The Lab"),
    Page("elsewhere", "The same idea elsewhere"),
    Page("promises", "What each stage promises"),
    Page("troubleshooting", "Troubleshooting"),
    Page("glossary", "Glossary"),
    Page("architecture", "Architecture"),
]
ALL = CHAPTERS + BESIDE


def address(page: Page) -> str:
    return f"{page.name}.html"


def neighbours(name: str) -> tuple[Page | None, Page | None]:
    """(previous, next) of a chapter; None where there is none."""
    names = [page.name for page in CHAPTERS]
    if name not in names:
        return None, None
    place = names.index(name)
    return (
        CHAPTERS[place - 1] if place > 0 else None,
        CHAPTERS[place + 1] if place + 1 < len(CHAPTERS) else None,
    )


def beside() -> list[str]:
    """The addresses of what a reader looks at beside the chapters, one of each kind."""
    diffs = [f"diff{stage}.html" for stage in [2, 3, 4]]
    reference = ["namespaces.html", "annotated.html", "files.html"]
    reference += [
        "classstagecoach_1_1ConnectionPool.html",
        "stage4__workers_2server_8cpp_source.html",
    ]
    return [address(page) for page in BESIDE] + diffs + reference + ["comparison/report.html"]


def layout(default: str) -> str:
    """Doxygen's own layout, in which the navigation is ours: the tutorial, what stands beside it, the
    reference."""
    tabs = [f'<tab type="user" url="{address(page)}" title="{page.title}"/>' for page in ALL]
    tabs[0] = '<tab type="mainpage" visible="yes" title="Start"/>'
    ours = "\n".join(
        [
            "<navindex>",
            *tabs,
            '<tab type="usergroup" url="namespaces.html" title="Reference">',
            '<tab type="namespacelist" visible="yes" title="Namespaces"/>',
            '<tab type="classlist" visible="yes" title="Classes"/>',
            '<tab type="filelist" visible="yes" title="Files"/>',
            "</tab>",
            "</navindex>",
        ]
    )
    before, begin, rest = default.partition("<navindex>")
    _, end, after = rest.partition("</navindex>")
    if not begin or not end:
        raise ValueError("doxygen -l writes no navigation that could be replaced")
    return before + ours + after
