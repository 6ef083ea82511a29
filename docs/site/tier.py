"""The figure of the tier: who connects to whom. From left to right, and for a phone from top to bottom."""

from dataclasses import dataclass

from docs.site.measured import block
from docs.trace.palette import text


@dataclass(frozen=True)
class Box:
    x: int
    y: int
    width: int = 146
    height: int = 56


@dataclass(frozen=True)
class Host:
    name: str
    words: list[str]  # Its address, and what runs there.
    lane: str
    wide: Box
    narrow: Box


HOSTS = [
    Host(
        "clients",
        ["client1 client2 ·  .1 .2", "any Redis library"],
        "client",
        Box(0, 96),
        Box(97, 20),
    ),
    Host("HAProxy", ["lb  .10", ":6379 leastconn, PING"], "thread-2", Box(172, 96), Box(97, 104)),
    *(
        Host(
            "gateway",
            [f"gw{number}  .1{number}", "stage4_workers :7004"],
            "gateway",
            Box(344, 20 + 76 * (number - 1)),
            Box(117 * (number - 1), 196, 106, 71),
        )
        for number in [1, 2, 3]
    ),
    Host("HAProxy", ["lb  .10", ":6380 who is primary?"], "thread-2", Box(516, 96), Box(97, 303)),
    Host("Redis", ["redis1  .21", "primary, at first"], "upstream", Box(688, 40), Box(0, 387, 136)),
    Host("Redis", ["redis2  .22", "replica"], "upstream", Box(688, 152), Box(204, 387, 136)),
]
LINKS = [(0, 1), (1, 2), (1, 3), (1, 4), (2, 5), (3, 5), (4, 5), (5, 6)]


def across(start: Box, end: Box) -> str:
    middles = [box.y + box.height // 2 for box in (start, end)]
    return f"M{start.x + start.width} {middles[0]}L{end.x} {middles[1]}"


def down(start: Box, end: Box) -> str:
    middles = [box.x + box.width // 2 for box in (start, end)]
    return f"M{middles[0]} {start.y + start.height}L{middles[1]} {end.y}"


def picture(layout: str, view: str) -> str:
    boxes: list[Box] = [getattr(host, layout) for host in HOSTS]
    primary, replica = boxes[-2:]
    link, copy = (across, down) if layout == "wide" else (down, across)
    marks = "".join(
        f'<path class="t-kept" d="{link(boxes[start], boxes[end])}"/>' for start, end in LINKS
    )
    marks += f'<path class="t-kept t-copies" d="{copy(primary, replica)}"/>'
    if layout == "wide":
        marks += text(primary.x + 80, primary.y + primary.height + 33, "replication", "t-words")
    else:
        marks += text(primary.width + 4, primary.y + 22, "replication", "t-words")
    for host, box in zip(HOSTS, boxes):
        marks += (
            f'<rect class="t-host t-{host.lane}" x="{box.x}" y="{box.y}" '
            f'width="{box.width}" height="{box.height}" rx="6"/>'
        )
        marks += text(box.x + 10, box.y + 18, host.name, "t-name")
        words = host.words if box.height == 56 else [host.words[0], *host.words[1].split()]
        for number, line in enumerate(words):
            marks += text(box.x + 10, box.y + 33 + 15 * number, line, "t-words")
    return (
        f'<svg class="{layout}" viewBox="{view}" role="img" aria-label="Clients, HAProxy, three '
        f'gateways, HAProxy, Redis and its replica">{marks}</svg>'
    )


def tier() -> str:
    wide, narrow = picture("wide", "-4 10 844 232"), picture("narrow", "-4 10 348 443")
    return block(
        f'<figure class="chart">{wide}{narrow}<figcaption>Every line is connections that are kept. '
        "Addresses are 10.77.0.x. Three Sentinels, on lb, redis1 and redis2, choose the primary; "
        "HAProxy asks them.</figcaption></figure>"
    )
