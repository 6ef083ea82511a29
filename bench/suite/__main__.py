"""./run bench: measures what each idea gains."""

import argparse
import os
import random
import subprocess
import sys
from typing import Any, NoReturn, TextIO

from processes import Failure
from suite import aa, environment, namespace, report, results, subjects, terminal
from suite.lab import Lab
from suite.runner import Runner
from suite.scenario import Scenario
from suite.scenarios import ALL

DEFAULT = ["ladder"]
REPETITIONS = {"full": 9, "ladder": 7, "quick": 5}
AA_REPLICAS = 5
OUT, SHOWN = "build/results", "build/results/shown"


def options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./run bench",
        allow_abbrev=False,
        description="Measures what each idea gains: without a scenario the ladder, in about 75 s.",
    )
    parser.add_argument("scenario", nargs="*", help="see --list")
    parser.add_argument(
        "--show",
        metavar="FILE",
        help="tables and report of earlier results, such as bench/results/reference.json",
    )
    parser.add_argument("--list", action="store_true", help="the scenarios and their questions")
    parser.add_argument(
        "--full",
        action="store_true",
        help="all scenarios, 9 repetitions, all peers that are installed",
    )
    parser.add_argument(
        "--peers", action="store_true", help="install and measure what one would use instead"
    )
    parser.add_argument(
        "--also",
        action="append",
        default=[],
        metavar="NAME=COMMAND",
        help="add a program of yours; its command has {listen} and {upstream}, or {listen_port} and {upstream_port}",
    )
    parser.add_argument(
        "--upstream",
        default="origin",
        metavar="origin|redis|HOST:PORT",
        help="what the gateways stand in front of (origin); keys key:0 to key:999 of HOST:PORT are overwritten",
    )
    parser.add_argument(
        "--aa", action="store_true", help="each stage against itself: how often the intervals err"
    )
    parser.add_argument(
        "--repetitions", type=int, metavar="N", help="blocks of the interleaved run"
    )
    parser.add_argument(
        "--scale",
        type=float,
        default=1.0,
        metavar="FACTOR",
        help="shorten (or lengthen) each run: less than 1 is to try, not to quote",
    )
    parser.add_argument("--seed", type=int, default=None, help="of the order within the blocks")
    parser.add_argument(
        "--out",
        default=None,
        metavar="FOLDER",
        help="for results.json, report.html and distributions (build/results); those of a run that "
        "is invalid go to FOLDER/invalid",
    )
    parser.add_argument(
        "--build", default="build/release", metavar="FOLDER", help="the programs (build/release)"
    )
    parser.add_argument(
        "--allow-unfit-build",
        action="store_true",
        help="a debug or sanitizer build: to try it, the result is marked invalid",
    )
    parser.add_argument(
        "--shared-network", action="store_true", help="do not use a network namespace of our own"
    )
    return parser


def fail(message: str, code: int = 1) -> NoReturn:
    print(f"bench: {message}", file=sys.stderr)
    sys.exit(code)


def print_list() -> None:
    for scenario in ALL.values():
        print(f"{scenario.name:12}{scenario.question}")


def chosen(args: argparse.Namespace) -> list[Scenario]:
    unknown = [name for name in args.scenario if name not in ALL]
    if unknown:
        fail(f"no scenario '{unknown[0]}' (see ./run bench --list)", 2)
    if args.aa:
        return [aa.scenario(AA_REPLICAS)]
    names = args.scenario or (list(ALL) if args.full else DEFAULT)
    return [ALL[name] for name in names]


def repetitions(args: argparse.Namespace, scenarios: list[Scenario]) -> int:
    if args.repetitions is not None:
        if args.repetitions < 1:
            fail("--repetitions: a number from 1 up", 2)
        return args.repetitions
    if args.full or args.aa:
        return REPETITIONS["full"]
    return REPETITIONS["ladder" if [s.name for s in scenarios] == DEFAULT else "quick"]


def measure(
    args: argparse.Namespace, scenarios: list[Scenario], own_network: bool, log: TextIO
) -> dict[str, Any]:
    plan = {
        "command": " ".join(["./run bench", *map(quoted, sys.argv[1:])]),
        "full": args.full,
        "repetitions": repetitions(args, scenarios),
        "seed": args.seed if args.seed is not None else random.SystemRandom().randrange(2**32),
        "upstream": args.upstream,
        "peers": args.peers or args.full,
        "scale": args.scale,
        "own_network": own_network,
    }
    lab = Lab(
        args.build,
        args.upstream,
        log,
        inside_own_network=own_network,
        with_peers=args.peers or args.full,
        also=[subjects.also(definition) for definition in args.also],
    )
    if not own_network:
        lab.warn(
            "no network namespace of our own: segments and handshakes are those of the whole machine"
        )
    runner = Runner(lab, environment.stamp(args.build), plan)
    try:
        if why := environment.unfit_build(args.build):
            runner.invalid(f"the programs were {why}")
        if args.scale < 1:
            lab.warn(f"runs shortened to {args.scale:g} of their length: to try, not to quote")
        runner.measure_ceiling()
        return runner.run(scenarios)
    finally:
        lab.close()


def quoted(argument: str) -> str:
    return f"'{argument}'" if " " in argument else argument


def check(args: argparse.Namespace) -> None:
    """What can be known to be wrong before anything is measured."""
    if args.upstream not in ["origin", "redis"] and ":" not in args.upstream:
        fail(f"--upstream: '{args.upstream}' is neither origin, redis nor HOST:PORT", 2)
    if not 0 < args.scale <= 100:
        fail("--scale: a factor from just above 0 to 100", 2)
    try:
        names = [subjects.also(definition).name for definition in args.also]
        if len(set(names)) < len(names):
            raise ValueError("two programs have the same name")
    except ValueError as error:
        fail(f"--also: {error}", 2)
    why = environment.unfit_build(args.build)
    if why and not args.allow_unfit_build:
        fail(f"the programs in {args.build} were {why}, which says nothing about speed")


def check_charts() -> None:
    """Before a run is waited for: a report without its charts would not be what was promised."""
    try:
        from suite import charts  # noqa: F401  (whether it can be)
    except ImportError as error:
        fail(f"no charts can be drawn: {error}")


def try_contract(definition: str, build: str) -> None:
    """A program that answers wrong is not measured."""
    name, _, command = definition.partition("=")
    print(f"Trying whether {name} answers right", file=sys.stderr)
    tests = f"{build}/bench/contract/correctness_test"
    variables = os.environ | {"STAGECOACH_COMMAND": command}
    found = subprocess.run([tests], env=variables, capture_output=True, text=True, check=False)
    if found.returncode != 0:
        print(found.stdout + found.stderr, file=sys.stderr)
        fail(f"{name} does not pass ./run contract: it is not measured")


def main() -> int | None:
    args = options().parse_args()
    scenarios = chosen(args)
    if args.list:
        print_list()
        return None
    check_charts()
    if args.show:
        try:
            show(results.read(args.show), args.out or SHOWN)
            return None
        except (ValueError, OSError) as error:
            fail(str(error))
    args.out = args.out or OUT
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    repetitions(args, scenarios)
    check(args)
    own_network = not args.shared_network and not lab_needs_the_machine(args) and namespace.enter()
    for definition in args.also:
        try_contract(definition, args.build)
    try:
        os.makedirs(args.out, exist_ok=True)
        with open(f"{args.out}/log", "w", encoding="utf-8") as log:
            document = measure(args, scenarios, own_network, log)
        # Apart, so that it takes the place of no valid one.
        folder = f"{args.out}/invalid" if document["invalid"] else args.out
        os.makedirs(folder, exist_ok=True)
        results.write(f"{folder}/results.json", document)
        show(document, folder)
    except (Failure, OSError) as error:
        fail(str(error))
    print(f"Every run is in {folder}/results.json")
    return 1 if document["invalid"] else 0


def show(document: dict[str, Any], folder: str) -> None:
    os.makedirs(folder, exist_ok=True)
    terminal.print_all(document)
    report.write(document, folder)
    print(f"\nCharts are in {folder}/report.html")


def lab_needs_the_machine(args: argparse.Namespace) -> bool:
    """An upstream that is not ours is not reached from a network of our own."""
    return ":" in args.upstream


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        fail("interrupted", 130)
