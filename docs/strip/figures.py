"""The figure that is made from the committed recordings: writes it, or checks it (--check).

To record anew: ./run trace N --save docs/strip/recorded/stageN.json
"""

import argparse
import os
import sys

from strip import draw, recording

HERE = os.path.dirname(os.path.abspath(__file__))
FIGURE = os.path.join(os.path.dirname(HERE), "figures", "one_request.svg")
STAGES = [1, 2, 3, 4]


def recorded(stage):
    return recording.load(os.path.join(HERE, "recorded", f"stage{stage}.json"))


def one_request():
    """One request through all stages, as SVG."""
    return draw.figure([recorded(stage) for stage in STAGES])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    if parser.parse_args().check:
        with open(FIGURE, encoding="utf-8") as file:
            if file.read() != one_request():
                sys.exit("figures: docs/figures/one_request.svg is not what the recordings give")
    else:
        with open(FIGURE, "w", encoding="utf-8") as file:
            file.write(one_request())


if __name__ == "__main__":
    main()
