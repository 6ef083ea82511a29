"""Holds README.zh-CN.md to README.md: the same headings, commands, tables, code and links."""

import os
import pathlib
import re
import unittest

from docs.site import readme

ROOT = pathlib.Path(__file__).resolve().parents[2]
CODE, LINK = re.compile(r"`([^`]+)`"), re.compile(r"\]\(([^)]+)\)")


def commands(text: str) -> list[str]:
    """What the indented blocks have the reader type, without the remarks."""
    lines = re.findall(r"^    (.+)$", text, re.MULTILINE)
    return [re.sub(r"\s+# .*", "", line) for line in lines]


def tables(text: str) -> list[list[str]]:
    """The cells of each row, of which only figures, code and links are the same in all languages."""
    rows = re.findall(r"^\|(.+)\|$", text, re.MULTILINE)
    return [[" ".join(same(cell)) for cell in row.split("|")] for row in rows]


def same(cell: str) -> list[str]:
    if readme.FIGURES.fullmatch(cell):
        return [cell.strip()]
    return CODE.findall(cell) + LINK.findall(cell)


def outline(text: str) -> list[str]:
    """The levels of the headings, in order."""
    return re.findall(r"^(#+) ", text, re.MULTILINE)


class Chinese(unittest.TestCase):
    def setUp(self) -> None:
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(ROOT)
        paths = [readme.ENGLISH, readme.CHINESE, readme.WORDS]
        english, self.chinese, self.words = (path.read_text(encoding="utf-8") for path in paths)
        self.english = english

    def test_its_results_are_those_of_the_english_one(self) -> None:
        wanted = readme.expected(self.chinese, self.english, readme.Words(self.words))
        self.assertEqual(self.chinese, wanted, "python3 -m docs.site.readme --update")

    def test_it_has_the_same_headings_commands_and_tables(self) -> None:
        self.assertEqual(outline(self.chinese), outline(self.english))
        self.assertEqual(commands(self.chinese), commands(self.english))
        self.assertEqual(tables(self.chinese), tables(self.english))
        self.assertGreater(len(commands(self.english)), 5)
        self.assertGreater(len(tables(self.english)), 10)

    def test_it_names_and_links_all_that_the_english_one_does(self) -> None:
        flat = [re.sub(r"\s*\n\s*", " ", text) for text in [self.english, self.chinese]]
        for pattern in [CODE, LINK]:
            in_english, in_chinese = (set(pattern.findall(text)) for text in flat)
            self.assertEqual(in_english - in_chinese - {str(readme.CHINESE)}, set())

    def test_both_link_files_that_exist(self) -> None:
        for target in LINK.findall(self.english + self.chinese):
            self.assertTrue(os.path.exists(target), target)

    def test_it_has_no_line_break_within_a_paragraph(self) -> None:
        self.assertEqual(re.findall(r"[^\x00-\x7f]\n[^\x00-\x7f]", self.chinese), [])


class Words(unittest.TestCase):
    def setUp(self) -> None:
        self.words = readme.Words(
            '{"cells": {"a pool": "池"}, "paragraphs": {"(.+) runs": "\\\\1 轮"}}'
        )

    def test_figures_stay_and_words_are_put_into_chinese(self) -> None:
        table = "| a pool |  |\n|---|---:|\n| ~1.2 (0.9-1.4) | <0.01 |"
        wanted = "| 池 |  |\n|---|---:|\n| ~1.2 (0.9-1.4) | <0.01 |"
        self.assertEqual(self.words.paragraph(table), wanted)
        self.assertEqual(self.words.paragraph("nine\nruns"), "nine 轮")

    def test_a_text_without_words_is_named(self) -> None:
        for text in ["| a channel |", "nine rounds"]:
            with self.assertRaisesRegex(ValueError, text.strip("| ")):
                self.words.paragraph(text)


if __name__ == "__main__":
    unittest.main()
