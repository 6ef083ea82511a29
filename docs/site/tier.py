"""The figure of the tier: who connects to whom."""

from docs.site.figures import drawing

# Name, address, what runs there; left edge and top of its box.
HOSTS = [
    ("clients", "client1 client2 ·  .1 .2", "any Redis library", "client", 0, 96),
    ("HAProxy", "lb  .10", ":6379 leastconn, PING", "thread-2", 172, 96),
    ("gateway", "gw1  .11", "stage4_workers :7004", "gateway", 344, 20),
    ("gateway", "gw2  .12", "stage4_workers :7004", "gateway", 344, 96),
    ("gateway", "gw3  .13", "stage4_workers :7004", "gateway", 344, 172),
    ("HAProxy", "lb  .10", ":6380 who is primary?", "thread-2", 516, 96),
    ("Redis", "redis1  .21", "primary, at first", "upstream", 688, 40),
    ("Redis", "redis2  .22", "replica", "upstream", 688, 152),
]
WIDTH, HEIGHT = 146, 56
LINKS = [(0, 1), (1, 2), (1, 3), (1, 4), (2, 5), (3, 5), (4, 5), (5, 6)]


def tier() -> str:
    marks = ""
    for start, end in LINKS:
        (x1, y1), (x2, y2) = HOSTS[start][4:], HOSTS[end][4:]
        middle = HEIGHT / 2
        marks += f'<path class="t-kept" d="M{x1 + WIDTH} {y1 + middle}L{x2} {y2 + middle}"/>'
    x, y = HOSTS[6][4:]
    replica = HOSTS[7][5]
    marks += f'<path class="t-kept t-copies" d="M{x + 73} {y + HEIGHT}V{replica}"/>'
    marks += f'<text class="t-words" x="{x + 80}" y="{y + HEIGHT + 33}">replication</text>'
    for name, address, runs, lane, x, y in HOSTS:
        marks += (
            f'<rect class="t-host t-{lane}" x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="6"/>'
            f'<text class="t-name" x="{x + 10}" y="{y + 18}">{name}</text>'
            f'<text class="t-words" x="{x + 10}" y="{y + 33}">{address}</text>'
            f'<text class="t-words" x="{x + 10}" y="{y + 48}">{runs}</text>'
        )
    return drawing(
        '<svg viewBox="-4 10 844 232" role="img" aria-label="Clients, HAProxy, three gateways, '
        f'HAProxy, Redis and its replica">{marks}</svg>',
        "Every line is connections that are kept. Addresses are 10.77.0.x. Three Sentinels, on lb, "
        "redis1 and redis2, choose the primary; HAProxy asks them.",
    )
