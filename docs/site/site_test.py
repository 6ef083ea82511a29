"""The tools of the site."""

import os
import re
import tempfile
import unittest
from html import escape

from docs.site import diffs, header, links, pages, preview, sections, sizes, transcripts, whole
from docs.site.expand import Expander
from docs.site.measured import Measured

PAGE = """
```console
$ first --option
one
two
$ second
^C
counted
```

    $ not a transcript
"""


class Transcripts(unittest.TestCase):
    def test_a_page_gives_its_commands_with_what_they_print(self) -> None:
        self.assertEqual(
            list(transcripts.steps(PAGE)),
            [("first --option", ["one", "two"]), ("second", []), ("^C", ["counted"])],
        )

    def test_output_before_a_command_is_an_error(self) -> None:
        with self.assertRaises(ValueError):
            list(transcripts.steps("```console\nlost\n```\n"))

    def test_dots_stand_for_lines_and_for_parts_of_one(self) -> None:
        cases: list[tuple[list[str], str, bool]] = [
            (["a", "...", "d"], "a\nb\nc\nd\n", True),
            (["a", "...", "d"], "a\nd\n", True),
            (["a", "...", "d"], "a\nb\n", False),
            (["count: ..."], "count: 17\n", True),
            (["count: 17"], "count: 18\n", False),
            (["a"], "a\nb\n", False),
            ([], "", True),
            ([], "unexpected\n", False),
        ]
        for expected, output, wanted in cases:
            self.assertEqual(transcripts.agrees(expected, output), wanted, (expected, output))

    def test_times_ports_and_process_ids_are_no_difference(self) -> None:
        self.assertTrue(
            transcripts.agrees(
                ["127.0.0.1:41234 after 12 ms, pid 17"], "127.0.0.1:50000 after 3.5 s, pid 4711\n"
            )
        )
        self.assertFalse(transcripts.agrees(["127.0.0.1:7001"], "127.0.0.1:7002\n"))

    def test_a_command_that_prints_something_else_is_found(self) -> None:
        with transcripts.Shell() as shell:
            self.assertEqual(shell.run("echo hello", ["hello"]), "hello\n")
            self.assertFalse(transcripts.agrees(["bye"], shell.run("echo hello", ["bye"])))

    def test_what_the_system_does_not_permit_is_no_difference(self) -> None:
        refused = "a_trap: words\nskipped: not permitted here: unshare: Operation not permitted\n"
        for command, output, own_network, wanted in [
            ("./run trap a_trap", refused, True, "not permitted here: unshare"),
            ("ss -Htan | wc -l", "300\n", False, "those of others"),
            ("go run a.go", "bash: line 1: go: command not found\n", True, "no Go here"),
        ]:
            self.assertIn(wanted, transcripts.why_no_answer(command, output, own_network) or "")
        for command, own_network in [("ss -Htan | wc -l", True), ("redis-cli PING", False)]:
            self.assertIsNone(transcripts.why_no_answer(command, "300\n", own_network))


class Directives(unittest.TestCase):
    def setUp(self) -> None:
        self.expander = Expander()

    def test_each_names_its_place_where_it_is_wrong(self) -> None:
        for wrong in [
            "{{nonsense}}",
            "{{value stage9 requests_per_second}}",
            "{{value stage1 requests_per_second ladder 17}}",
            "{{ratio stage1}}",
            "{{answer ladder 'No sentence'}}",
            "{{chart ladder 17}}",
            "{{chart ladder 0 stage1 nobody}}",
            "{{table nowhere}}",
            "{{elsewhere 9}}",
        ]:
            with self.assertRaisesRegex(ValueError, r"^page:2: "):
                self.expander.expand(f"first line\n{wrong}", "page")

    def test_a_value_is_the_one_of_the_results(self) -> None:
        found = self.expander.measured.found["ladder"]
        wanted = f"{found.median('stage1', 'requests_per_second'):,.0f}"
        self.assertEqual(
            self.expander.expand("{{value stage1 requests_per_second}}", "page"), wanted
        )

    def test_a_chart_has_its_rows_in_the_order_of_the_page(self) -> None:
        chart = self.expander.expand("{{chart ladder 0 stage2 stage1}}", "page")
        self.assertLess(chart.index("2 + pool"), chart.index("1 naive"))

    def test_every_page_uses_only_what_there_is(self) -> None:
        for page in pages.ALL:
            with open(f"docs/pages/{page.name}.md", encoding="utf-8") as file:
                self.assertNotIn("{{", self.expander.expand(file.read(), page.name))


class Sizes(unittest.TestCase):
    def test_descriptors_are_those_that_production_shows(self) -> None:
        with open("docs/pages/production.md", encoding="utf-8") as file:
            shown = re.search(r"lowered to (\d+): the limit of open files is (\d+)", file.read())
        assert shown
        self.assertEqual(sizes.descriptors(int(shown[1])), int(shown[2]))


class Diffs(unittest.TestCase):
    def test_they_hold_what_changed_and_what_is_new(self) -> None:
        for stage in [2, 3, 4]:
            added, removed = diffs.count(list(diffs.changes(stage, "server.cpp")))
            self.assertGreater(added, 0)
            self.assertGreater(removed, 0)
        self.assertIn("stage2_pool/pool_core.hpp", diffs.new_files(2))
        self.assertIn("stage4_workers/pipeline/submission.hpp", diffs.new_files(4))

    def test_marks_of_snippets_are_no_code(self) -> None:
        self.assertFalse(any("// [" in line for line in diffs.code_of("stage2_pool/server.cpp")))


class Layout(unittest.TestCase):
    def test_the_navigation_is_ours_and_the_rest_is_doxygens(self) -> None:
        found = pages.layout('<layout><navindex><tab type="pages"/></navindex><class/></layout>')
        self.assertTrue(found.startswith("<layout><navindex>\n"))
        self.assertTrue(found.endswith("</navindex><class/></layout>"))
        self.assertNotIn("pages", found)
        self.assertIn(f'{pages.CHAPTERS[1].title}"', found)

    def test_chapters_have_numbers_and_what_is_looked_up_has_none(self) -> None:
        found = pages.layout("<navindex></navindex>")
        self.assertIn('title="1. Stage 1: the baseline"', found)
        for page in pages.BESIDE:
            self.assertIn(f'title="{page.title}"', found)

    def test_a_stage_has_its_own_number(self) -> None:
        titles = ["First", "Stage 1: a", "Stage 2: b", "Between", "Stage 3: c", "Then", "Last"]
        self.assertEqual(pages.numbers(titles), ["0", "1", "2", "2½", "3", "4", "5"])

    def test_titles_are_the_pages_own(self) -> None:
        for page in pages.ALL[1:]:
            with open(f"docs/pages/{page.name}.md", encoding="utf-8") as file:
                self.assertEqual(file.readline(), f"# {page.title} {{#{page.name}}}\n")

    def test_one_without_a_navigation_is_an_error(self) -> None:
        with self.assertRaisesRegex(ValueError, "no navigation"):
            pages.layout("<layout/>")


class Head(unittest.TestCase):
    PAGE = "<head><title>Stagecoach: A &amp; B</title></head>"

    def test_says_what_the_page_is_about(self) -> None:
        for page in pages.ALL:
            self.assertRegex(page.about, r"^[A-Z].{40,150}\.$", page.name)
        found = header.described("glossary", self.PAGE)
        self.assertIn('<meta property="og:title" content="A &amp; B"/>', found)
        self.assertIn('<meta property="og:image" content="preview.png"/>', found)
        self.assertEqual(found.count(escape(header.ABOUT["glossary"])), 2)
        self.assertIn("A &amp; B: from the source", header.described("other", self.PAGE))
        start = header.described("index", "<title>Stagecoach: Stagecoach</title>")
        self.assertIn("<title>Stagecoach: how a TCP server becomes fast", start)

    def test_the_preview_shows_the_results(self) -> None:
        wanted = preview.WIDTH, preview.HEIGHT, preview.shown(Measured())
        self.assertEqual(preview.committed(), wanted, "python3 -m docs.site.preview")


class Sections(unittest.TestCase):
    HEADING = '<h{0}><a class="anchor" id="{1}"></a>\nAbout <code>{1}</code></h{0}>'

    def page(self, *levels: int) -> str:
        marks = (self.HEADING.format(level, f"s{place}") for place, level in enumerate(levels))
        return f'<div class="contents">\n<div class="textblock">{"".join(marks)}</div></div>'

    def test_are_listed_in_front_of_them(self) -> None:
        found = sections.with_list(self.page(1, 2, 3, 1))
        self.assertLess(found.index("<nav"), found.index("<h1"))
        self.assertIn('<li class="level1"><a href="#s0">About s0</a></li>', found)
        self.assertIn('<li class="level2"><a href="#s1">', found)
        self.assertNotIn('href="#s2"', found)

    def test_few_are_not(self) -> None:
        self.assertEqual(sections.with_list(self.page(1, 1)), self.page(1, 1))


class Whole(unittest.TestCase):
    def test_tell_words_from_names(self) -> None:
        cell = '<td class="markdownTableBodyNone">{}</td>'
        words, name = cell.format("a sentence of some length"), cell.format("<code>name</code>")
        found = whole.scrolling(f'<table class="markdownTable">{words}{name}</table>')
        self.assertEqual(found.count("wordy"), 1)
        self.assertIn(name, found)
        self.assertTrue(found.startswith('<div class="wide">'))

    def test_options_are_not_broken(self) -> None:
        found = whole.whole_options("<p>a-b <code>program --an-option -R a-b</code></p>")
        self.assertEqual(
            found,
            '<p>a-b <code>program <span class="whole">--an-option</span> '
            '<span class="whole">-R</span> a-b</code></p>',
        )

    def test_a_long_name_may_break_behind_a_dot(self) -> None:
        row = '<td class="markdownTableBodyNone"><code>Suite.TestThatHasALongName</code></td>'
        found = whole.scrolling(f'<table class="markdownTable">{row}</table>')
        self.assertIn('<code class="long">Suite.<wbr/>TestThatHasALongName</code>', found)


class Links(unittest.TestCase):
    def test_what_leads_nowhere_is_found(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "a.html"), "w", encoding="utf-8") as file:
                file.write(
                    '<h1 id="top">A</h1><a href="#top">1</a><a href="#gone">2</a>'
                    '<a href="b.html">3</a><a href="https://example.org/">4</a>'
                    '<img src="https://example.org/i.png"/>'
                )
            findings = links.broken(folder)
        self.assertEqual(len(findings), 3, findings)


if __name__ == "__main__":
    unittest.main()
