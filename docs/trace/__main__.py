"""Shows a request through a stage as it happens: system calls and packets, in order."""

import argparse
import io
import sys
from typing import cast

from docs.trace import draw, record, recording, sequence, terminal
from suite import namespace
from waiting import Failure


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run trace", description=__doc__)
    parser.add_argument("stage", metavar="N", type=int, choices=[1, 2, 3, 4], help="the stage")
    parser.add_argument(
        "--at-once",
        metavar="N",
        type=int,
        choices=range(1, len(recording.NUMBERS) + 1),
        default=1,
        help="how many clients ask together, 1 to 8",
    )
    parser.add_argument("--svg", metavar="FILE", help="draw it as a strip, time from left to right")
    parser.add_argument("--sequence", metavar="FILE", help="draw it as a sequence diagram, an SVG")
    parser.add_argument("--save", metavar="FILE", help="write the recording, as JSON")
    parser.add_argument("--build", metavar="FOLDER", default="build/release", help="what to run")
    return parser.parse_args()


def write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def main() -> None:
    args = parse()
    namespace.enter()
    try:
        found = record.record(args.stage, args.build, args.at_once)
        if args.save:
            recording.save(found, args.save)
        if args.svg:
            write(args.svg, draw.figure([found]))
        if args.sequence:
            write(args.sequence, sequence.sequence(found))
        path: str
        for path in filter(None, [args.save, args.svg, args.sequence]):
            print(f"written: {path}", file=sys.stderr)
    except (Failure, OSError) as error:
        sys.exit(f"trace: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
    stdout = cast(io.TextIOWrapper, sys.stdout)
    stdout.reconfigure(errors="replace")  # Not every terminal has lines and arrows.
    sys.stdout.write(terminal.text(found, terminal.wants_colour(sys.stdout)))


if __name__ == "__main__":
    main()
