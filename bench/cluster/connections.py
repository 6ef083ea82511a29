"""How many connections 1,000 clients are at Redis: directly, through stage 1, through the tier."""

import json
import signal

import resp
from cluster import clients, hosts
from cluster.hosts import ADDRESSES, GATEWAYS
from cluster.server import Server
from cluster.tier import ENTRANCE, REDIS, REDIS_PORT, Tier, gateway_option

CLIENTS = 1000
MADE, EXECUTED = "total_connections_received", "total_commands_processed"
STAGE1_PORT = 7001
CHECKS = {"role", "NULL"}  # HAProxy's, and those too new to have asked anything.


def count(tier: Tier) -> dict[str, dict[str, int]]:
    """By way: the most connections to Redis at a time, those made meanwhile, and the requests."""
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


def count_way(tier: Tier, target: tuple[str, int], sources: list[str]) -> dict[str, int]:
    """While clients ask without pause, each one request at a time."""
    addresses = [ADDRESSES[host] for host in sources]
    with hosts.visiting(tier.primary()):
        redis = resp.Client(REDIS)
    with redis:
        before = stats(redis)
        options = ["--duration", "1min", "--keys", 1]
        load = clients.Load(tier, "client1", *options, target=target, connections=CLIENTS)
        most, over = 0, False
        while load.runs() and not over:
            over = stats(redis)[EXECUTED] > before[EXECUTED] + 10 * CLIENTS
            most = max(most, connected(redis, addresses))
        load.process.send_signal(signal.SIGINT)
        result = json.loads(load.output())
        made = stats(redis)[MADE] - before[MADE]
    return {
        "clients": result["connections"],
        "clients_answered": result["clients_answered"],
        "requests": result["replies_in_all"],
        "errors": result["errors"],
        "connections_at_a_time": most,
        "connections_made": made,
    }


def stats(redis: resp.Client) -> dict[str, int]:
    """Its counters since it started; of the connections, HAProxy's checks are one a second."""
    return resp.numbers(redis.ask("INFO", "stats"))


def connected(redis: resp.Client, addresses: list[str]) -> int:
    """The connections that it has from there, less HAProxy's checks and the Sentinel's."""
    lines = redis.ask("CLIENT", "LIST").splitlines()
    fields = (dict(field.split("=", 1) for field in line.split()) for line in lines)
    return sum(
        field["addr"].rpartition(":")[0] in addresses
        and field["cmd"] not in CHECKS
        and not field["name"].startswith("sentinel")
        for field in fields
    )


def most_of_the_tier() -> int:
    """Gateways x their share, whatever the number of clients."""
    return len(GATEWAYS) * int(gateway_option("--pool-max-open"))


def tell(counts: dict[str, dict[str, int]]) -> None:
    print(f"\nConnections at Redis, with {CLIENTS} clients that ask without pause:")
    print(f"    {'':<10}{'at a time':>12}{'made meanwhile':>16}{'requests':>12}")
    for way, found in counts.items():
        row = [found[name] for name in ["connections_at_a_time", "connections_made", "requests"]]
        print(f"    {way:<10}{row[0]:>12,}{row[1]:>16,}{row[2]:>12,}")
    print(
        f"    The tier's can be {most_of_the_tier()} at most: {len(GATEWAYS)} gateways x --pool-max-open."
    )
