"""How many connections 1,000 clients are at Redis: directly, through stage 1, through the tier."""

from cluster import clients, hosts
from cluster.hosts import ADDRESSES, GATEWAYS
from cluster.server import Server
from cluster.tier import ENTRANCE, REDIS_PORT, gateway_option

CLIENTS = 1000
STAGE1_PORT = 7001
CHECKS = {"role", "NULL"}  # HAProxy's, and those too new to have asked anything.


def count(tier):
    """By way: the most connections to Redis at a time, those made in all, and the requests."""
    primary = ADDRESSES[tier.primary()]
    stage1 = Server(
        "stage1",
        GATEWAYS[0],
        [tier.programs / "stage1_naive/stage1_naive", "--public"]
        + ["--listen", f"0.0.0.0:{STAGE1_PORT}", "--upstream", f"{primary}:{REDIS_PORT}"],
        tier.folder,
    )
    stage1.start()
    ways = {
        "direct": ((primary, REDIS_PORT), ["client1"]),
        "stage1": ((ADDRESSES[GATEWAYS[0]], STAGE1_PORT), [GATEWAYS[0]]),
        "tier": (ENTRANCE, ["lb"]),
    }
    try:
        return {name: count_way(tier, *way) for name, way in ways.items()}
    finally:
        stage1.kill()


def count_way(tier, target, sources):
    """While clients ask without pause, each one request at a time."""
    before = received(tier)
    load = clients.Load(tier, "client1", "--duration", "2s", target=target, connections=CLIENTS)
    most = 0
    while load.process.poll() is None:
        most = max(most, connected(tier, [ADDRESSES[host] for host in sources]))
    result = load.result(outlives=False)
    return {
        "clients": CLIENTS,
        "clients_answered": result["clients_answered"],
        "requests": result["replies_in_all"],
        "errors": result["errors"],
        "at_a_time": most,
        "made": received(tier) - before,
        "reconnects": result["reconnects"],
    }


def connected(tier, addresses):
    """The connections that Redis has from there, less HAProxy's checks."""
    lines = (tier.ask(tier.primary(), REDIS_PORT, "CLIENT", "LIST") or "").splitlines()
    fields = (dict(field.split("=", 1) for field in line.split()) for line in lines)
    return sum(
        field["addr"].rpartition(":")[0] in addresses
        and field["cmd"] not in CHECKS
        and not field["name"].startswith("sentinel")
        for field in fields
    )
