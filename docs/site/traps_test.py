"""Each trap has a program, a page, and a line in the overview, and they agree."""

import os
import re
import unittest

from docs.site import pages, transcripts

FOLDER = "docs/traps"
TITLE = re.compile(r'"([a-z_]{5,}: .+)";$', re.MULTILINE)


def read(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


def page(name: str) -> str:
    return read(f"{transcripts.SOURCES}/{name}.md")


class Traps(unittest.TestCase):
    names = [each.name.removeprefix("trap_") for each in pages.TRAPS]

    def test_each_program_has_a_page(self) -> None:
        programs = {name.removesuffix(".cpp") for name in os.listdir(FOLDER) if ".cpp" in name}
        self.assertEqual(programs - {"trap"}, set(self.names))

    def test_a_page_shows_its_program_by_its_own_words(self) -> None:
        for name in self.names:
            found = dict(transcripts.steps(page(f"trap_{name}")))
            titles = TITLE.findall(read(f"{FOLDER}/{name}.cpp"))
            self.assertEqual(found[f"./run trap {name}"][:1], titles)

    def test_a_page_tells_what_was_seen_what_it_is_and_the_cure(self) -> None:
        for name in self.names:
            found = re.findall(rf"^## (.+) \{{#trap_{name}_\w+\}}$", page(f"trap_{name}"), re.M)
            wanted = ["What was seen", "What one thinks first", "What it is", "See it happen"]
            self.assertEqual(found[:5], [*wanted, "The cure"], name)

    def test_the_overview_lists_them_in_their_order(self) -> None:
        rows = re.findall(
            r'^\| \\ref trap_(\w+) "(\w+)".*`\./run trap (\w+)` \|$', page("traps"), re.M
        )
        self.assertEqual(rows, [(name, name, name) for name in self.names])


if __name__ == "__main__":
    unittest.main()
