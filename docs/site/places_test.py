"""Captions of code, and the figures of the chapters."""

import re
import unittest

from docs.site import code_path, places, pool_states, slots, timelines, wire

FIGURES = [
    code_path.code_path,
    pool_states.pool_states,
    slots.slots,
    timelines.silent,
    timelines.unacknowledged,
    wire.wire,
]
TEXT = re.compile(r'<text class="([^"]*)" x="([\d.-]+)"[^>]*>([^<]*)</text>')
# Of one character, at most, in the fonts that are widest.
WIDTHS = {"d-edge": 6.7, "d-code": 7.3, "d-byte": 7.3, "d-name": 7.4, "d-words": 6.6}
ROOM = 362


class Captions(unittest.TestCase):
    def test_each_piece_of_code_has_one(self) -> None:
        page = "Words.\n\n\\snippet stage2_pool/server.cpp run\n\nMore."
        found = places.captioned(page)
        line = places.first_line("stage2_pool/server.cpp", "run")
        self.assertIn(f"stage2__pool_2server_8cpp_source.html#l{line:05}", found)
        self.assertIn(f"stage2_pool/server.cpp, line {line}</a>", found)
        self.assertTrue(found.endswith("\\snippet stage2_pool/server.cpp run\n\nMore."))

    def test_the_line_is_the_first_of_the_code(self) -> None:
        line = places.first_line("stage1_naive/server.cpp", "run")
        with open("stage1_naive/server.cpp", encoding="utf-8") as file:
            self.assertIn("void Server::run()", file.readlines()[line - 1])

    def test_folders_are_named_only_where_names_are_the_same(self) -> None:
        for path, page in [
            ("common/gateway/exchange.cpp", "exchange_8cpp_source.html"),
            ("common/gateway/options.hpp", "common_2gateway_2options_8hpp_source.html"),
        ]:
            self.assertEqual(places.page_of(path), page)

    def test_what_is_not_there_is_an_error(self) -> None:
        with self.assertRaisesRegex(ValueError, "has not two lines"):
            places.first_line("stage1_naive/server.cpp", "nonsense")
        with self.assertRaisesRegex(ValueError, "no page"):
            places.page_of("stage1_naive/nonsense.cpp")

    def test_stage_1_begins_with_about_sixty_lines(self) -> None:
        with open("bench/peers/bare_gateway.cpp", encoding="utf-8") as file:
            _, serve, between, accept, _ = re.split(r".*// \[\w+\]\n", file.read())
        self.assertIn("set_thread_stacks", between)
        self.assertIn(serve.count("\n") + accept.count("\n"), range(50, 70))


class Figures(unittest.TestCase):
    def test_no_words_leave_the_drawing(self) -> None:
        for figure in FIGURES:
            for names, x, words in TEXT.findall(figure()):
                kind = next(kind for kind in WIDTHS if kind in names.split())
                width = WIDTHS[kind] * len(words.replace("&amp;", "&"))
                share = 0.5 if "d-middle" in names else 1 if "d-end" in names else 0
                left = float(x) - share * width
                self.assertGreaterEqual(left, -2, words)
                self.assertLessEqual(left + width, ROOM, words)

    def test_the_bytes_are_those_on_the_wire(self) -> None:
        asked, answered = wire.EXAMPLE
        for lines, expected in [
            (asked, b"*2\r\n$3\r\nGET\r\n$8\r\ngreeting\r\n"),
            (answered, b"$5\r\nhello\r\n"),
        ]:
            self.assertEqual("".join(f"{line}\r\n" for line, _ in lines).encode(), expected)
            self.assertEqual(wire.size(lines), len(expected))

    def test_a_dead_peer_is_noticed_when_the_chapter_says(self) -> None:
        self.assertEqual(timelines.probes(), [180, 240, 300, 360])
        self.assertEqual(timelines.user_timeout(), 359)
        due = timelines.retransmissions()
        pauses = [after - before for before, after in zip([0.0, *due], due)]
        self.assertAlmostEqual(pauses[0], timelines.FIRST_PAUSE_S)
        for before, after in zip(pauses, pauses[1:]):
            self.assertAlmostEqual(after, min(2 * before, timelines.LONGEST_PAUSE_S))
        self.assertLess(due[-1], timelines.user_timeout())


if __name__ == "__main__":
    unittest.main()
