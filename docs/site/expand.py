"""Pages with their directives, `{{name argument…}}`, replaced by what they stand for."""

import re
import shlex
import textwrap
from collections.abc import Callable

from docs.site import asio, code_path, diffs, figures, lab, pages, places, pool_states, sizes, slots
from docs.site import timelines, wire
from docs.site.cluster import Cluster
from docs.site.measured import Measured, block
from docs.site.stairs import stairs
from docs.site.tier import tier

DIRECTIVE = re.compile(r"\{\{(.+?)\}\}", re.DOTALL)


class Expander:
    def __init__(self) -> None:
        self.measured = Measured()
        cluster = Cluster()
        self.directives: dict[str, Callable[..., str]] = {
            name: getattr(self.measured, name)
            for name in [
                "value",
                "idle_memory",
                "ratio",
                "answer",
                "table",
                "beside",
                "predicted",
                "ledger",
                "chart",
                "stamp",
                "warnings",
            ]
        } | {
            "chaos": cluster.chaos,
            "cluster_connections": cluster.connections,
            "cluster_at_most": cluster.connections_at_most,
            "cluster_load": cluster.load,
            "cluster_stamp": cluster.stamp,
            "tier": tier,
            "asio": asio.parts,
            "own_loop": asio.own_loop,
            "asio_floor": asio.floor,
            "asio_share": asio.share,
            "file": tagged,
            "deployed": sizes.deployed,
            "descriptors": lambda clients: f"{sizes.descriptors(int(clients)):,}",
            "million": lambda: sizes.million(self.measured),
            "diff": diffs.server,
            "diff_summary": diffs.summary,
            "stage_map": lambda: figures.stage_map(self.measured),
            "staircase": figures.staircase,
            "stairs": stairs,
            "one_request": figures.one_request,
            "strip": figures.strip,
            "at_once": figures.at_once,
            "sequence": figures.sequence,
            "code_path": code_path.code_path,
            "pool_states": pool_states.pool_states,
            "slots": slots.slots,
            "silent_peer": timelines.silent,
            "unacknowledged_peer": timelines.unacknowledged,
            "wire": wire.wire,
            "bytes": wire.sizes,
            "elsewhere": elsewhere,
            "chapters": chapters,
            "tour": lab.tour,
            "tour_step": lab.tour_step,
            "solution": lambda: "<details><summary>Solution</summary>",
            "end": lambda: "</details>",
        }

    def expand(self, text: str, where: str) -> str:
        """Raises ValueError, which names the directive and where it is."""

        def replace(match: re.Match[str]) -> str:
            words = shlex.split(match.group(1))
            line = text.count("\n", 0, match.start()) + 1
            directive = self.directives.get(words[0])
            if directive is None:
                raise ValueError(f"{where}:{line}: no directive {words[0]}")
            try:
                return directive(*words[1:])
            except (ValueError, TypeError, KeyError, IndexError, OSError) as error:
                raise ValueError(f"{where}:{line}: {match.group(0)}: {error}") from None

        return places.captioned(DIRECTIVE.sub(replace, text))


def tagged(path: str, tag: str) -> str:
    """What stands between the two lines `# [tag]` of a file that is no C++."""
    with open(path, encoding="utf-8") as file:
        _, *parts = re.split(rf"^ *# \[{tag}\]\n", file.read(), flags=re.MULTILINE)
    if len(parts) != 2:
        raise ValueError(f"{path} has not two lines '# [{tag}]'")
    return f"\n```\n{textwrap.dedent(parts[0])}```\n"


def anchored(glossary: str) -> str:
    """Each word with an anchor: `\\ref word_accept_queue "accept queue"` leads to it."""

    def anchor(word: re.Match[str]) -> str:
        name = re.sub(r"\W+", "_", word[1].lower()).strip("_")
        return f"- \\anchor word_{name} **{word[1]}**"

    return re.sub(r"^- \*\*(.+?)\*\*", anchor, glossary, flags=re.MULTILINE)


def elsewhere(stage: str) -> str:
    """A stage's part of the page that compares it with other systems."""
    with open("docs/pages/elsewhere.md", encoding="utf-8") as file:
        sections = re.split(r"^## .*\{#elsewhere_stage(\d)\}\n", file.read(), flags=re.MULTILINE)
    return dict(zip(sections[1::2], sections[2::2]))[stage].strip()


def chapters() -> str:
    """What each is about, with the numbers of the navigation."""
    items = "".join(
        f'<li><b>{number}</b><a href="{pages.address(page)}">{page.title}</a>: {page.about}</li>'
        for number, page in pages.numbered()
    )
    return block(f'<ul class="chapters">{items}</ul>')


def way_on(name: str) -> str:
    """The line at the end of a chapter or a trap that leads to the next."""
    before, after = pages.neighbours(name)
    links = ""
    if before:
        links += f'<a class="before" href="{pages.address(before)}">← {before.title}</a>'
    if name in [page.name for page in pages.TRAPS]:
        links += '<a href="traps.html">All traps</a>'
    if after:
        links += f'<a class="after" href="{pages.address(after)}">{after.title} →</a>'
    return block(f'<nav class="way" aria-label="Chapters">{links}</nav>') if links else ""
