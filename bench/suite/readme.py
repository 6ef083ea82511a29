"""What the README shows of the reference run: checks it, or writes it anew (--update)."""

import argparse
import sys
from typing import Any

from suite import results, tables

BEGIN, END = "<!-- results of bench/results/reference.json -->\n", "<!-- end of results -->"


def expected(readme: str, document: dict[str, Any]) -> str:
    """The README with the table of these results. Raises ValueError where it has no place for it."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the README has no {BEGIN.strip()} … {END}")
    return before + begin + tables.readme(document) + end + after


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readme", default="README.md")
    parser.add_argument("--results", default="bench/results/reference.json")
    parser.add_argument("--update", action="store_true")
    args = parser.parse_args()
    try:
        with open(args.readme, encoding="utf-8") as file:
            readme = file.read()
        document = results.read(args.results)
        wanted = expected(readme, document)
    except (ValueError, OSError) as error:
        sys.exit(f"readme: {error}")
    if document["invalid"]:
        sys.exit(f"readme: {args.results} is invalid: {document['invalid'][0]}")
    if args.update:
        try:
            with open(args.readme, "w", encoding="utf-8") as file:
                file.write(wanted)
        except OSError as error:
            sys.exit(f"readme: {error}")
    elif readme != wanted:
        sys.exit(
            f"readme: {args.readme} and {args.results} disagree; --update writes the table anew"
        )


if __name__ == "__main__":
    main()
