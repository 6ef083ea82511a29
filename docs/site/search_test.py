"""What is indexed of a page, and what is found first."""

import os
import tempfile
import unittest

from lunr.index import Index

from docs.site import search

CHAPTER = """<div class="title">Stage 4: workers</div><div class="contents"><p>Of loops.</p>
<h2><a class="anchor" id="help"></a>Where it hurts</h2><p>That is <b>head-of-line</b> blocking,
<code>co_await</code>.</p><svg><text>drawn</text></svg><nav class="way">onward</nav></div>"""
GLOSSARY = """<div class="title">Glossary</div><ul><li><a class="anchor" id="word_lease"></a><b>Lease</b>
A connection lent. <b>Not</b> a word.</li></ul>"""
CLASS = """<div class="title">stagecoach::Channel&lt; T &gt; Class Template Reference</div><p>A queue.
<a>More...</a></p><h2 class="groupheader">Member Functions</h2><a id="a12"></a>
<h2 class="memtitle"><span class="permalink">&#9670;</span>close()</h2><p>Ends TIME_WAIT.</p>
<hr/>Generated from channel.hpp."""
SOURCE = """<div class="title">worker.cpp</div><div class="line"><span class="lineno">1</span>int TIME_WAIT;</div>
<div class="line"><span class="lineno">2</span>int second;</div>"""
PAGES = {
    "stage4": CHAPTER,
    "glossary": GLOSSARY,
    "classChannel": CLASS,
    "worker_8cpp_source": SOURCE,
}
PAGES |= {"classChannel-members": CLASS, "channel_8hpp": CLASS, "stage4_8md": CHAPTER}


class Search(unittest.TestCase):
    def setUp(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for name, text in PAGES.items():
                with open(os.path.join(folder, f"{name}.html"), "w", encoding="utf-8") as file:
                    file.write(text)
            self.found = list(search.sections(folder))

    def test_each_section_has_its_place_and_its_text(self) -> None:
        rows = {each.url: (each.kind, each.page, each.title, each.text) for each in self.found}
        self.assertEqual(rows.pop("worker_8cpp_source.html")[:3], (4, "", "worker.cpp"))
        name = "stagecoach::Channel"
        self.assertEqual(
            rows,
            {
                "stage4.html": (0, "", "Stage 4: workers", "Of loops."),
                "stage4.html#help": (
                    *(0, "Stage 4: workers", "Where it hurts"),
                    "That is head-of-line blocking, co_await.",
                ),
                "glossary.html": (2, "", "Glossary", ""),
                "glossary.html#word_lease": (
                    *(2, "Glossary", "Lease"),
                    "A connection lent. Not a word.",
                ),
                "classChannel.html": (3, name, "Channel", "A queue."),
                "classChannel.html#a12": (3, name, "close()", "Ends TIME_WAIT."),
            },
        )

    def test_a_source_keeps_its_lines(self) -> None:
        source = next(each for each in self.found if each.kind == 4)
        self.assertEqual(source.text.split("\n"), ["int TIME_WAIT;", "int second;"])

    def test_words_are_found_whole_and_by_their_parts(self) -> None:
        for text, wanted in [
            ("head-of-line, then", ["head-of-line", "head", "of", "line", "then"]),
            ("`TIME_WAIT`", ["time_wait", "time", "wait"]),
            ("net::ConnectionPool", ["net", "connectionpool", "connection", "pool"]),
            ("--pool-max-idle 5", ["pool-max-idle", "pool", "max", "idle", "5"]),
            ("A sentence. Ends.", ["a", "sentence", "ends"]),
        ]:
            self.assertEqual(list(search.words(text)), wanted)

    def test_the_index_finds_them_by_whole_words_and_beginnings(self) -> None:
        index = Index.load(search.index(self.found))
        for asked, wanted in [
            ("head*", {"stage4.html#help"}),
            ("co_await", {"stage4.html#help"}),
            ("time_w*", {"classChannel.html#a12", "worker_8cpp_source.html"}),
            ("+queue +channel", {"classChannel.html"}),
            ("drawn", set()),
            ("onward", set()),
        ]:
            hits = {self.found[int(hit["ref"])].url for hit in index.search(asked)}
            self.assertEqual(hits, wanted, asked)

    def test_titles_come_first(self) -> None:
        rows = [
            search.Section(0, "a", "", "Other", "lease"),
            search.Section(0, "b", "", "Lease", "x"),
        ]
        hits = Index.load(search.index(rows)).search("lease")
        self.assertEqual([hit["ref"] for hit in hits], ["1", "0"])


if __name__ == "__main__":
    unittest.main()
