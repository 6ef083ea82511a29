"""Tests of what is drawn from the committed recordings, and of these themselves."""

import io
import json
import os
import re
import tempfile
import unittest
import xml.etree.ElementTree as xml

from docs.trace import draw, figures, recording, sequence, terminal

RECORDED = [*map(figures.recorded, figures.STAGES), figures.at_once()]
SVG = "{http://www.w3.org/2000/svg}"


class Recordings(unittest.TestCase):
    def test_hold_the_ledger(self) -> None:
        ledger = {1: (1, 1, 1), 2: (1, 1, 0), 3: (0, 0, 0), 4: (0, 0, 0)}
        for found in RECORDED:
            cost = recording.counts(found)
            counted = cost["accepts"], cost["threads"], cost["dials"]
            self.assertEqual(counted, ledger[found["stage"]])
            self.assertTrue(found["packets"])

    def test_hold_nothing_of_the_run(self) -> None:
        for found in RECORDED:
            self.assertNotRegex(json.dumps(found), r"\d{4}|/|0x|127")

    def test_are_the_same_when_saved_again(self) -> None:
        with tempfile.NamedTemporaryFile() as file:
            recording.save(RECORDED[0], file.name)
            self.assertEqual(recording.load(file.name), RECORDED[0])


class Drawings(unittest.TestCase):
    def drawings(self) -> list[str]:
        narrow = [
            sequence.narrow_strip(found, f"narrow-{place}") for place, found in enumerate(RECORDED)
        ]
        return [figures.one_request(), *map(sequence.sequence, RECORDED), *narrow]

    def test_the_committed_figure_is_made_from_the_recordings(self) -> None:
        with open(figures.FIGURE, encoding="utf-8") as file:
            self.assertEqual(file.read(), figures.one_request())

    def test_are_well_formed_and_say_what_they_are(self) -> None:
        for drawing in self.drawings():
            root = xml.fromstring(drawing)
            self.assertEqual([child.tag for child in root][:2], [SVG + "title", SVG + "desc"])
            self.assertIn("system calls", root[1].text or "")

    def test_can_stand_in_one_page(self) -> None:
        found = [re.findall(r' id="([^"]+)"', drawing) for drawing in self.drawings()]
        ids: list[str] = sum(found, [])
        self.assertEqual(len(ids), len(set(ids)))
        for drawing in self.drawings():
            root = re.findall(r'class="([^"]+)"', drawing)[0]
            rules = re.findall(r"<style>\n(.*)\n</style>", drawing, re.DOTALL)[0].splitlines()
            for rule in rules:
                self.assertRegex(rule, rf"^(@media \(.*\){{|html\.\w+-mode )?\.{root}[ {{]")
                self.assertNotIn(",.", rule)

    def test_a_strip_has_a_box_for_each_call_and_an_arrow_for_each_packet(self) -> None:
        for found in RECORDED:
            root = xml.fromstring(draw.figure([found]))
            calls = [e for e in root.iter(SVG + "text") if e.get("class", "").startswith("call")]
            arrows = list(root.iter(SVG + "path"))
            packets = [event for event in found["events"] if recording.is_packet(event)]
            self.assertEqual(len(arrows), len(packets))
            self.assertEqual(len(calls), len(found["events"]) - len(packets))

    def test_a_narrow_strip_leaves_nothing_out(self) -> None:
        for found in RECORDED:
            root = xml.fromstring(sequence.narrow_strip(found, "narrow"))
            calls = [e for e in root.iter(SVG + "text") if e.get("class", "").startswith("call")]
            times = [re.match(r"(\d+) ", call.text or "") for call in calls]
            packets = [event for event in found["events"] if recording.is_packet(event)]
            self.assertEqual(len(list(root.iter(SVG + "path"))), len(packets))
            self.assertEqual(
                sum(int(many[1]) if many else 1 for many in times),
                len(found["events"]) - len(packets),
            )

    def test_a_stage_has_its_colour(self) -> None:
        for found in RECORDED:
            for drawing in [draw.figure([found]), sequence.sequence(found)]:
                self.assertEqual(
                    set(re.findall(r'<g class="([^"]+)">', drawing)), {f"stage-{found['stage']}"}
                )
        self.assertIn('<g class="no-stage">', figures.one_request())

    def test_requests_at_once_share_the_cost(self) -> None:
        found = figures.at_once()
        self.assertEqual(found["at_once"], 4)
        calls = recording.counts(found)["calls"]
        self.assertIn(f">{calls} / 4 =<", draw.figure([found]))
        for words in [recording.in_words(found), draw.figure([found])]:
            self.assertIn(f"{calls} system calls of the gateway ({calls / 4:g} a request)", words)

    def test_are_as_wide_as_they_should_be(self) -> None:
        self.assertIn('viewBox="0 0 900 ', figures.one_request())
        for found in RECORDED:
            for drawing in [sequence.sequence(found), sequence.narrow_strip(found, "narrow")]:
                self.assertIn('viewBox="0 0 360 ', drawing)

    def test_without_packets(self) -> None:
        events = [event for event in RECORDED[0]["events"] if not recording.is_packet(event)]
        blind = RECORDED[0] | {"packets": False, "events": events}
        self.assertIn("Packets could not be seen", draw.figure([blind]))
        self.assertIn("Without packets", terminal.text(blind, False))
        xml.fromstring(sequence.sequence(blind))


class Terminal(unittest.TestCase):
    def test_fits_and_is_plain_where_it_is_told(self) -> None:
        for found in RECORDED:
            text = terminal.text(found, False)
            self.assertLessEqual(max(map(len, text.splitlines())), 100)
            self.assertNotIn("\033", text)

    def test_colours_change_nothing_else(self) -> None:
        for found in RECORDED:
            coloured = terminal.text(found, True)
            self.assertIn("\033[", coloured)
            plain = re.sub(r" +$", "", re.sub("\033\\[\\d*m", "", coloured), flags=re.MULTILINE)
            self.assertEqual(plain, terminal.text(found, False))

    def test_nothing_is_cut_off(self) -> None:
        for found in RECORDED:
            text = terminal.text(found, False)
            for event in found["events"]:
                if not recording.is_packet(event):
                    self.assertIn(f" {terminal.call_words(event)}", text)


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


class Colour(unittest.TestCase):
    def test_is_left_out_where_no_color_is_set(self) -> None:
        before = os.environ.pop("NO_COLOR", None)
        try:
            self.assertTrue(terminal.wants_colour(Tty()))
            os.environ["NO_COLOR"] = "1"
            self.assertFalse(terminal.wants_colour(Tty()))
        finally:
            os.environ.pop("NO_COLOR")
            if before is not None:
                os.environ["NO_COLOR"] = before


if __name__ == "__main__":
    unittest.main()
