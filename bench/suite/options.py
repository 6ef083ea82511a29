"""The command line of ./run bench."""

import argparse


def parser() -> argparse.ArgumentParser:
    arguments = argparse.ArgumentParser(
        prog="./run bench",
        allow_abbrev=False,
        description="Measures what each idea gains: without a scenario the ladder, in about 75 s.",
    )
    arguments.add_argument("scenario", nargs="*", help="see --list")
    arguments.add_argument(
        "--show",
        metavar="FILE",
        help="show tables and report of earlier results, such as bench/results/reference.json",
    )
    arguments.add_argument("--list", action="store_true", help="the scenarios and their questions")
    arguments.add_argument(
        "--full",
        action="store_true",
        help="all scenarios, 9 repetitions, all peers that are installed",
    )
    arguments.add_argument(
        "--peers", action="store_true", help="install and measure what one would use instead"
    )
    arguments.add_argument(
        "--also",
        action="append",
        default=[],
        metavar="NAME=COMMAND",
        help="add a program of yours; its command has {listen} and {upstream}, or {listen_port} and {upstream_port}",
    )
    arguments.add_argument(
        "--upstream",
        default="origin",
        metavar="origin|redis|HOST:PORT",
        help="what the gateways stand in front of (origin); keys key:0 to key:999 of HOST:PORT are overwritten",
    )
    arguments.add_argument(
        "--aa", action="store_true", help="each stage against itself: how often the intervals err"
    )
    arguments.add_argument(
        "--repetitions", type=int, metavar="N", help="blocks of the interleaved run"
    )
    arguments.add_argument(
        "--scale",
        type=float,
        default=1.0,
        metavar="FACTOR",
        help="shorten (or lengthen) each run: less than 1 is to try, not to quote",
    )
    arguments.add_argument("--seed", type=int, default=None, help="for the order within the blocks")
    arguments.add_argument(
        "--out",
        default=None,
        metavar="FOLDER",
        help="for results.json, report.html and distributions (build/results); those of a run that "
        "is invalid go to FOLDER/invalid",
    )
    arguments.add_argument(
        "--build", default="build/release", metavar="FOLDER", help="the programs (build/release)"
    )
    arguments.add_argument(
        "--allow-unfit-build",
        action="store_true",
        help="a debug or sanitizer build: to try it, the result is marked invalid",
    )
    arguments.add_argument(
        "--shared-network", action="store_true", help="do not use a network namespace of our own"
    )
    return arguments
