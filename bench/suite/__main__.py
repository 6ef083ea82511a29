"""./run bench: measures what each idea gains."""

import argparse
import os
import random
import subprocess
import sys
from typing import Any, NoReturn, TextIO

from suite import aa, environment, namespace, report, results, subjects, terminal
from suite.lab import Lab
from suite.options import parser
from suite.runner import Runner
from suite.scenario import Scenario
from suite.scenarios import ALL
from waiting import Failure

DEFAULT = ["ladder"]
REPETITIONS = {"full": 9, "ladder": 7, "quick": 5}
AA_REPLICAS = 5
OUT, SHOWN = "build/results", "build/results/shown"


def fail(message: str, code: int = 1) -> NoReturn:
    print(f"bench: {message}", file=sys.stderr)
    sys.exit(code)


def chosen(args: argparse.Namespace) -> list[Scenario]:
    for name in args.scenario:
        if name not in ALL:
            fail(f"no scenario '{name}' (see ./run bench --list)", 2)
    if args.aa:
        return [aa.scenario(AA_REPLICAS)]
    return [ALL[name] for name in args.scenario or (ALL if args.full else DEFAULT)]


def repetitions(args: argparse.Namespace) -> int:
    if args.repetitions is not None:
        return args.repetitions
    if args.full or args.aa:
        return REPETITIONS["full"]
    return REPETITIONS["ladder" if (args.scenario or DEFAULT) == DEFAULT else "quick"]


def check_words(args: argparse.Namespace) -> None:
    """Complains of wrong arguments before anything is measured."""
    if args.repetitions is not None and args.repetitions < 1:
        fail("--repetitions: a number from 1 up", 2)
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
    """Before the run: a report without its charts would not be what was promised."""
    try:
        from suite import charts  # noqa: F401  (whether it can be)
    except ImportError as error:
        fail(f"no charts can be drawn: {error}")


def try_contract(definition: str, build: str) -> None:
    """A program with wrong answers is not measured."""
    name, _, command = definition.partition("=")
    print(f"Trying whether {name} answers right", file=sys.stderr)
    tests = f"{build}/bench/contract/correctness_test"
    variables = os.environ | {"STAGECOACH_COMMAND": command}
    found = subprocess.run([tests], env=variables, capture_output=True, text=True, check=False)
    if found.returncode != 0:
        print(found.stdout + found.stderr, file=sys.stderr)
        fail(f"{name} does not pass ./run contract: it is not measured")


def measure(
    args: argparse.Namespace, scenarios: list[Scenario], own_network: bool, log: TextIO
) -> dict[str, Any]:
    plan = {
        "command": " ".join(["./run bench", *map(quoted, sys.argv[1:])]),
        "full": args.full,
        "repetitions": repetitions(args),
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
    if args.scale < 1:
        lab.warn(f"runs shortened to {args.scale:g} of their length: to try, not to quote")
    runner = Runner(lab, environment.stamp(args.build), plan)
    try:
        if why := environment.unfit_build(args.build):
            runner.invalid(f"the programs were {why}")
        runner.measure_ceiling()
        return runner.run(scenarios)
    finally:
        lab.close()


def quoted(argument: str) -> str:
    return f"'{argument}'" if " " in argument else argument


def measure_and_show(args: argparse.Namespace, scenarios: list[Scenario]) -> int:
    """Returns the exit code."""
    out = args.out or OUT
    # A network of our own does not reach an upstream that is not ours.
    may_enter = not args.shared_network and ":" not in args.upstream
    own_network = may_enter and namespace.enter()
    for definition in args.also:
        try_contract(definition, args.build)
    os.makedirs(out, exist_ok=True)
    with open(f"{out}/log", "w", encoding="utf-8") as log:
        document = measure(args, scenarios, own_network, log)
    # Elsewhere, so that it replaces no valid one.
    folder = f"{out}/invalid" if document["invalid"] else out
    os.makedirs(folder, exist_ok=True)
    results.write(f"{folder}/results.json", document)
    show(document, folder)
    print(f"Every run is in {folder}/results.json")
    return 1 if document["invalid"] else 0


def read(path: str) -> dict[str, Any]:
    try:
        return results.read(path)
    except ValueError as error:
        fail(str(error))


def show(document: dict[str, Any], folder: str) -> None:
    os.makedirs(folder, exist_ok=True)
    terminal.print_all(document)
    report.write(document, folder)
    print(f"\nCharts are in {folder}/report.html")


def main() -> int:
    args = parser().parse_args()
    scenarios = chosen(args)
    if args.list:
        for scenario in ALL.values():
            print(f"{scenario.name:12}{scenario.question}")
        return 0
    check_charts()
    try:
        if args.show:
            show(read(args.show), args.out or SHOWN)
            return 0
        os.environ["PATH"] += ":/usr/sbin:/sbin"
        check_words(args)
        return measure_and_show(args, scenarios)
    except (Failure, OSError) as error:
        fail(str(error))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        fail("interrupted", 130)
