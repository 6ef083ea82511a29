"""The pages of the tutorial, in the order in which it is read."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape


@dataclass(frozen=True)
class Page:
    name: str  # Of its file in docs/pages, and its address in the site.
    title: str  # The page's own, and in the navigation.
    about: str = ""  # In a sentence, for search engines and for whoever gets a link to it.


CHAPTERS = [
    Page(
        "index",
        "Start",
        about="How a TCP server becomes fast: one gateway, written four times, each time with one idea "
        "more, every gain measured and explained.",
    ),
    Page(
        "request",
        "What a request costs",
        about="What one request costs a server, in connections, threads, packets and system calls, and "
        "how to read that off a running program.",
    ),
    Page(
        "stage1",
        "Stage 1: the baseline",
        about="A TCP gateway with a thread for each connection and a connection for each request: "
        "simple, right, and slow, with the reasons counted.",
    ),
    Page(
        "stage2",
        "Stage 2: the connection pool",
        about="A connection pool that lends upstream connections, bounds them, and never hands out "
        "another client's reply.",
    ),
    Page(
        "stage3",
        "Stage 3: the keepalive listener",
        about="Clients keep their connections, and the three things called keepalive are told apart: "
        "what is gained, and how a dead peer is noticed.",
    ),
    Page(
        "asio",
        "Asio, explained",
        about="What awaitable, co_spawn, completion tokens, io_context and executors are, in one small server.",
    ),
    Page(
        "stage4",
        "Stage 4: workers fed by a channel",
        about="A few workers on Boost.Asio, fed by a bounded channel, serve all clients and share "
        "their way upstream by pipelining.",
    ),
    Page(
        "go_recipe",
        "The Go recipe, read closely",
        about="A well-known Go recipe for fast TCP servers, run line by line: what it gains, and "
        "what is wrong with it.",
    ),
    Page(
        "traps",
        "Traps",
        about="Ways to get a TCP server wrong, each shown failing by a small program, then cured.",
    ),
    Page(
        "measuring",
        "Measuring",
        about="How to compare two servers so that you believe the result: interleaved runs, "
        "intervals, counts, and latency that omits nothing.",
    ),
    Page(
        "own_server",
        "In my own server",
        about="Which of the four ideas a server needs, with which settings, and which to skip: tables of decisions.",
    ),
    Page(
        "production",
        "In production",
        about="What to set to what when a TCP gateway runs for real, what to watch, and what to do "
        "when an alarm rings.",
    ),
    Page(
        "beyond",
        "Beyond one machine",
        about="Many gateways behind a balancer: what each failure costs, and which limits come next.",
    ),
    Page(
        "failures",
        "What each failure costs",
        about="What each failure of a tier of gateways costs its clients, and the timers that decide it.",
    ),
    Page(
        "sizes",
        "Sizes, and the road to a million",
        about="How much memory and how many descriptors, ports and cores a tier needs, up to a million clients.",
    ),
]
TRAPS = [  # Shown below the chapter of that name.
    Page(
        "trap_time_wait",
        "time_wait: ports run out",
        about="Why a client that dials for each request gets EADDRNOTAVAIL within a minute: TIME_WAIT keeps its ports.",
    ),
    Page(
        "trap_reset_eats_reply",
        "reset_eats_reply: the lost reply",
        about="Why a server that closes with unread input destroys its own reply, and how a lingering close saves it.",
    ),
    Page(
        "trap_detached_threads",
        "detached_threads: the process ends first",
        about="Why requests vanish at SIGTERM with exit code 0: nobody waits for detached threads.",
    ),
    Page(
        "trap_thread_stacks",
        "thread_stacks: mapped each time",
        about="Why a thread for each connection costs so much: its stack is unmapped and mapped again each time.",
    ),
    Page(
        "trap_emfile_spin",
        "emfile_spin: no descriptor left",
        about="Why a server without descriptors takes a whole CPU: accept fails with EMFILE, and its loop spins.",
    ),
    Page(
        "trap_stale_connection",
        "stale_connection: closed while idle",
        about="Why the first request after a quiet night fails: the pool lends what the upstream has closed.",
    ),
    Page(
        "trap_dirty_connection",
        "dirty_connection: another's reply",
        about="How one client gets another's reply: a connection returned to its pool with a reply still to come.",
    ),
    Page(
        "trap_unbounded_pool",
        "unbounded_pool: a dial for each client",
        about="How a pool without a limit brings down a slow upstream, with a connection for each client.",
    ),
    Page(
        "trap_idle_close_race",
        "idle_close_race: executed twice",
        about="How a well-meant retry executes a write twice when the upstream closes at the wrong moment.",
    ),
    Page(
        "trap_unreached_keepalive",
        "unreached_keepalive: no probe is sent",
        about="Why TCP keepalive does not notice a dead peer while data is unacknowledged, and what does.",
    ),
    Page(
        "trap_worker_starvation",
        "worker_starvation: busy with nothing",
        about="How a few idle keep-alive clients stop a server whose workers serve one connection each.",
    ),
    Page(
        "trap_requeue_deadlock",
        "requeue_deadlock: waiting for oneself",
        about="How workers deadlock on the very channel that they drain, once a burst has filled it.",
    ),
    Page(
        "trap_silent_backlog",
        "silent_backlog: connected, not served",
        about="Why a client is connected while the server knows nothing of it: the kernel's accept queue.",
    ),
]
BESIDE = [
    Page(
        "lab",
        "The Lab",
        about="All four stages under the same load in one browser window, to predict, break and watch.",
    ),
    Page(
        "elsewhere",
        "The same idea elsewhere",
        about="What nginx, HAProxy, PgBouncer, Go, HikariCP and others call the same four ideas, and "
        "their defaults.",
    ),
    Page(
        "promises",
        "What each stage promises",
        about="What each stage guarantees, each promise with the test that shows it.",
    ),
    Page(
        "troubleshooting",
        "Troubleshooting",
        about="Messages of the gateways and of the tools, what they mean, and what to do about each.",
    ),
    Page(
        "glossary",
        "Glossary",
        about="The words of TCP servers, pools, channels and load tests, each in a sentence or two.",
    ),
    Page(
        "architecture",
        "Architecture",
        about="How the repository is built: its folders as a staircase, and what may use what.",
    ),
]
ALL = CHAPTERS + TRAPS + BESIDE


def address(page: Page) -> str:
    return f"{page.name}.html"


def neighbours(name: str) -> tuple[Page | None, Page | None]:
    """(previous, next) of a chapter or of a trap; None if there is none."""
    row = TRAPS if name in [page.name for page in TRAPS] else CHAPTERS
    names = [page.name for page in row]
    if name not in names:
        return None, None
    place = names.index(name)
    return (
        row[place - 1] if place > 0 else None,
        row[place + 1] if place + 1 < len(row) else None,
    )


def beside() -> list[str]:
    """The addresses of what a reader looks at beside the chapters, one of each kind."""
    diffs = [f"diff{stage}.html" for stage in [2, 3, 4]]
    reference = ["namespaces.html", "annotated.html", "files.html"]
    reference += [
        "classstagecoach_1_1ConnectionPool.html",
        "stage4__workers_2server_8cpp_source.html",
    ]
    return (
        [address(page) for page in TRAPS + BESIDE] + diffs + reference + ["comparison/report.html"]
    )


def numbers(titles: Sequence[str]) -> list[str]:
    """Of chapters. Stage 1 is chapter 1: what comes first is chapter 0, what is read between stages 3
    and 4 has the number 3½."""
    stages = [re.match(r"Stage (\d)", title) for title in titles]
    last = max((place for place, stage in enumerate(stages) if stage), default=-1)
    found, number = [], -1
    for place, stage in enumerate(stages):
        between = not stage and 0 < number and place < last
        number = int(stage[1]) if stage else number if between else number + 1
        found.append(f"{number}½" if between else str(number))
    return found


def numbered() -> list[tuple[str, Page]]:
    """The chapters with their numbers; the first page has none."""
    return list(zip(numbers([page.title for page in CHAPTERS[1:]]), CHAPTERS[1:]))


def tab(page: Page, title: str, below: Sequence[Page] = ()) -> str:
    """An entry of the navigation, and those that it opens."""
    if not below:
        return f'<tab type="user" url="{address(page)}" title="{escape(title)}"/>'
    entries = "".join(tab(each, each.title.partition(":")[0]) for each in below)
    return f'<tab type="usergroup" url="{address(page)}" title="{escape(title)}">{entries}</tab>'


def layout(default: str) -> str:
    """Doxygen's own layout, in which the navigation is ours: the chapters with their numbers, what a
    reader looks up, the reference."""
    ours = "\n".join(
        [
            "<navindex>",
            '<tab type="mainpage" visible="yes" title="Start"/>',
            *(
                tab(page, f"{number}. {page.title}", TRAPS if page.name == "traps" else ())
                for number, page in numbered()
            ),
            *(tab(page, page.title) for page in BESIDE),
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
