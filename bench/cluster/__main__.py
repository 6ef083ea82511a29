"""The lab: the tier of docs/deploy on one machine, each host a network namespace of its own.

  up                    Start it: three gateways behind HAProxy, in front of Redis with a replica.
  on HOST COMMAND…      Run a command on one of its hosts.
  bench [--save]        Load it from two hosts at once, and count its connections to Redis.
  chaos [NAME…]         Break parts of it under load, and compare what happens with what should.
  down                  End it.

bench and chaos use the tier that is up, or start one of their own, which ends with them.
"""

import argparse
import os
import pathlib
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence

from cluster import benchmark, connections, hosts, place
from cluster.chaos import ALL
from cluster.report import Report
from cluster.tier import Tier
from waiting import Failure, Stopwatch
from suite import environment, results

PROGRAMS = pathlib.Path("build/release")
RESULTS = pathlib.Path("bench/results/cluster.json")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "./run cluster", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("up")
    commands.add_parser("down")
    commands.add_parser("supervise")
    commands.add_parser("permitted")
    bench_parser = commands.add_parser("bench")
    bench_parser.add_argument("--save", action="store_true", help=f"with chaos, into {RESULTS}")
    names = commands.add_parser("chaos")
    names.add_argument("names", nargs="*", metavar="NAME")
    on = commands.add_parser("on")
    on.add_argument("host", choices=hosts.ADDRESSES, metavar="HOST")
    on.add_argument("words", nargs=argparse.REMAINDER, metavar="COMMAND")
    return parser.parse_args(arguments)


def up(_: argparse.Namespace) -> None:
    stopwatch = Stopwatch()
    lock = place.claim()
    command = [*place.fresh(), sys.executable, "-m", "cluster", "supervise"]
    with open(place.ERRORS, "w", encoding="utf-8") as errors:
        supervisor = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            pass_fds=[lock.fileno()],
            start_new_session=True,
        )
    try:
        assert supervisor.stdout is not None
        place.note(supervisor.pid)
        line = supervisor.stdout.readline().strip()
    except BaseException:
        supervisor.kill()
        raise
    if line != READY:
        raise Failure(line or f"it could not be started: {place.ERRORS} says why")
    print(SUMMARY.format(seconds=stopwatch.seconds(), folder=place.FOLDER))


READY = "ready"  # the supervisor says this; otherwise it says what failed, and ends
SUMMARY = """Up after {seconds:.1f} s, which is the first answer to a client that came through all of it.

  10.77.0.1, .2          client1 client2    you, and bench/load
  10.77.0.10             lb                 HAProxy: clients :6379, gateways :6380, figures :8404; Sentinel
  10.77.0.11, .12, .13   gw1 gw2 gw3        stage4_workers :7004, metrics :9104
  10.77.0.21, .22        redis1 redis2      Redis :6379, primary and replica at first; Sentinels :26379

Logs and the servers' own copies of their files are in {folder}. Try:

  ./run cluster on client1 redis-cli -h 10.77.0.10 SET greeting hello
  ./run cluster on redis2 redis-cli GET greeting
  ./run cluster on client1 redis-cli -h 10.77.0.10 INFO gateway
  ./run cluster chaos rolling
  ./run cluster down"""


def supervise(_: argparse.Namespace) -> None:
    """Runs as init of the namespaces."""
    place.settle()
    try:
        Tier(PROGRAMS, place.FOLDER).start()
    except Failure as failure:
        print(failure, flush=True)
        return
    print(READY, flush=True)
    for stream in [sys.stdin, sys.stdout, sys.stderr]:
        os.dup2(os.open(os.devnull, os.O_RDWR), stream.fileno())
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps orphans
    while True:
        signal.pause()


def on(options: argparse.Namespace) -> None:
    if not options.words:
        raise Failure(f"what to run on {options.host}?")
    if not place.is_up():
        raise Failure("no cluster is up: ./run cluster up starts one")
    command = place.into_running(hosts.inside(options.host, options.words))
    os.execvp(command[0], command)


def whole_tier() -> Tier:
    """The tier that is up, or one of this program's own; returns only inside it."""
    mark = os.environ.get(place.MARK)
    if mark is None:
        if place.is_up():
            place.enter_running()
        _ = place.claim()  # it stays with the process that this one becomes
        place.note(os.getpid())
        place.enter_fresh()
    tier = Tier(PROGRAMS, place.FOLDER)
    if mark == "new":
        place.settle()
        tier.start()
    return tier


def chaos(options: argparse.Namespace) -> None:
    if unknown := set(options.names) - set(ALL):
        raise Failure(f"no failure '{unknown.pop()}': there are {', '.join(ALL)}")
    break_parts(whole_tier(), options.names or ALL)


def break_parts(tier: Tier, names: Iterable[str]) -> dict[str, Report]:
    """The reports, by name."""
    reports = {}
    for name in names:
        reports[name] = ALL[name](tier)
        tier.heal()
    if wrong := sum(len(report.failures()) for report in reports.values()):
        raise Failure(f"{wrong} counts are not what they have to be")
    return reports


def bench(options: argparse.Namespace) -> None:
    tier = whole_tier()
    stamp = environment.stamp(PROGRAMS)
    runs = benchmark.run(tier)
    benchmark.tell(runs)
    counts = connections.count(tier)
    connections.tell(counts)
    if not options.save:
        return
    document = {
        "schema": 1,
        "stamp": stamp,
        "rows": benchmark.LABELS,
        "connections": counts,
        "connections_at_most": connections.most_of_the_tier(),
        "chaos": {name: report.document() for name, report in break_parts(tier, ALL).items()},
        "runs": runs,
    }
    try:
        results.write(RESULTS, document)
    except OSError as error:
        raise Failure(str(error)) from None
    print(f"\n{RESULTS}")


def permitted(_: argparse.Namespace) -> None:
    """If the lab cannot run here, says why and exits with 1, before any build."""
    place.fresh()


def down(_: argparse.Namespace) -> None:
    print("Ended." if place.end() else "No cluster is up.")


def main() -> None:
    options = parse(sys.argv[1:])
    try:
        COMMANDS[options.command](options)
    except Failure as failure:
        sys.exit(f"cluster: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)


COMMANDS = {
    "up": up,
    "on": on,
    "bench": bench,
    "chaos": chaos,
    "down": down,
    "permitted": permitted,
    "supervise": supervise,
}

if __name__ == "__main__":
    main()
