"""What the page sends is checked, whatever it is."""

import unittest
from collections.abc import Callable

from lab import rules
from lab.rules import Load, Refused


class Rules(unittest.TestCase):
    def refused(self, ask: Callable[[], object], words: str) -> None:
        with self.assertRaisesRegex(Refused, words) as caught:
            ask()
        self.assertNotIn("\n", str(caught.exception))

    def test_a_load_takes_what_is_within_its_limits(self) -> None:
        for name, (least, most, _) in rules.LIMITS.items():
            self.assertEqual(getattr(Load().changed({name: least}), name), least)
            self.assertEqual(getattr(Load().changed({name: most}), name), most)
        self.assertEqual(Load().changed({"loop": "open"}).loop, "open")
        self.assertEqual(Load().changed({}), Load())

    def test_a_load_refuses_all_else(self) -> None:
        for name, (least, most, words) in rules.LIMITS.items():
            for value in [least - 1, most + 1, str(least), float(least), None, True, [least]]:
                self.refused(lambda: Load().changed({name: value}), f"{words}: ")
        for changes, words in [
            ({"loop": "ajar"}, "a loop is closed or open, not 'ajar'"),
            ({"connection": 1}, "a use of connections is"),
            ({"host": "elsewhere"}, "a load has no 'host'"),
            ([], "names and values"),
            ("x" * 5000, "names and values"),
        ]:
            self.refused(lambda: Load().changed(changes), words)

    def test_an_option_is_one_of_the_list_for_a_stage_that_has_it(self) -> None:
        self.assertEqual(rules.option(4, "worker", "literal"), ("worker", "literal"))
        self.refused(lambda: rules.option(1, "pool", "1"), "stage 1 has no --pool-max-open")
        self.refused(lambda: rules.option(4, "worker", "--help"), "--worker is literal or event")
        self.refused(lambda: rules.option(4, "listen", "0.0.0.0:1"), "no option 'listen'")
        self.refused(lambda: rules.option(4, ["worker"], "event"), "no option")

    def test_what_is_long_is_shown_short(self) -> None:
        self.refused(lambda: rules.option(4, "x" * 5000, "y"), "^.{1,80}$")

    def test_defaults_are_not_typed(self) -> None:
        usual = {name: choice.values[-1] for name, choice in rules.CHOICES.items()}
        self.assertEqual(rules.arguments(usual), [])
        self.assertEqual(rules.arguments(usual | {"worker": "literal"}), ["--worker", "literal"])


if __name__ == "__main__":
    unittest.main()
