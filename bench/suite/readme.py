"""The results in the README, from the reference run: checks them, or writes them anew (--update)."""

import argparse
import pathlib
import sys
from typing import Any

from suite import results, tables

BEGIN, END = "<!-- results of bench/results/reference.json -->\n", "<!-- end of results -->"


def shown(document: dict[str, Any]) -> str:
    """The part of the README that results fill."""
    found = results.scenarios(document)["ladder"]
    lines = [f"{found.facts['load']} Medians of {found.repetitions()} runs.", ""]
    lines += [*tables.markdown(*tables.ladder(found)), "", *tables.notes(found)]
    headings, rows = tables.beside(found)
    if rows:
        lines += ["", "Measured beside it, in the same interleaved run:", ""]
        lines += tables.markdown(headings, rows)
    return "\n".join([*lines, "", tables.provenance(document), ""])


def expected(readme: str, document: dict[str, Any]) -> str:
    """The README with these results. Raises ValueError if it has no place for them."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the README has no {BEGIN.strip()} … {END}")
    return before + begin + shown(document) + end + after


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readme", type=pathlib.Path, default="README.md")
    parser.add_argument("--results", default="bench/results/reference.json")
    parser.add_argument("--update", action="store_true")
    args = parser.parse_args()
    try:
        readme = args.readme.read_text(encoding="utf-8")
        document = results.read(args.results)
        wanted = expected(readme, document)
        if document["invalid"]:
            raise ValueError(f"{args.results} is invalid: {document['invalid'][0]}")
        if args.update:
            args.readme.write_text(wanted, encoding="utf-8")
        elif readme != wanted:
            raise ValueError(
                f"{args.readme} and {args.results} disagree; --update writes the table anew"
            )
    except (ValueError, OSError) as error:
        sys.exit(f"readme: {error}")


if __name__ == "__main__":
    main()
