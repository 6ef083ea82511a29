"""The figure that is made from the committed recordings: writes it, or checks it (--check).

To record anew: ./run trace N --save docs/trace/recorded/stageN.json, and
./run trace 4 --at-once 4 --save docs/trace/recorded/stage4_at_once.json
"""

import argparse
import os
import sys
from typing import Any

from docs.trace import draw, recording

HERE = os.path.dirname(os.path.abspath(__file__))
FIGURE = os.path.join(os.path.dirname(HERE), "figures", "one_request.svg")
STAGES = [1, 2, 3, 4]


def load(name: str) -> dict[str, Any]:
    return recording.load(os.path.join(HERE, "recorded", f"{name}.json"))


def recorded(stage: int) -> dict[str, Any]:
    return load(f"stage{stage}")


def at_once() -> dict[str, Any]:
    """Four requests through stage 4."""
    return load("stage4_at_once")


def one_request() -> str:
    """One request through all stages, and what stage 4 does with more, as SVG."""
    return draw.figure([*map(recorded, STAGES), at_once()])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    if parser.parse_args().check:
        with open(FIGURE, encoding="utf-8") as file:
            if file.read() != one_request():
                sys.exit("figures: docs/figures/one_request.svg is not what the recordings give")
    else:
        try:
            with open(FIGURE, "w", encoding="utf-8") as file:
                file.write(one_request())
        except OSError as error:
            sys.exit(f"figures: {error}")


if __name__ == "__main__":
    main()
