"""Tests of intervals.py."""

import random
import unittest

from suite.intervals import ENOUGH, differs, format_ratio, ratio


class Ratio(unittest.TestCase):
    def test_is_that_of_the_medians(self) -> None:
        self.assertEqual(ratio([2, 4, 400, 3, 5], [2, 2, 2, 2, 2])[0], 2)

    def test_has_an_interval_that_holds_it(self) -> None:
        middle, interval = ratio([10, 11, 12, 13, 14], [5, 5.1, 5.2, 5.3, 5.4])
        assert middle is not None and interval is not None
        low, high = interval
        self.assertLess(low, middle)
        self.assertGreater(high, middle)
        self.assertGreater(low, 1)

    def test_is_the_same_each_time(self) -> None:
        samples = [random.Random(1).random() + 1 for _ in range(9)]
        self.assertEqual(ratio(samples, samples[::-1]), ratio(samples, samples[::-1]))

    def test_of_few_samples_has_no_interval(self) -> None:
        few = [1.0] * (ENOUGH - 1)
        self.assertEqual(ratio(few, few), (1, None))
        self.assertEqual(format_ratio(*ratio(few, few)), "1.00 (?)")

    def test_to_nothing_is_none(self) -> None:
        bases: list[list[float]] = [[], [0.0] * 9]
        for base in bases:
            self.assertEqual(format_ratio(*ratio([1.0] * 9, base)), "–")

    def test_a_block_that_lacks_a_run_is_an_error(self) -> None:
        with self.assertRaises(ValueError):
            ratio([1] * 9, [1] * 8)

    def test_what_disturbs_both_sides_of_a_block_is_no_difference(self) -> None:
        slow = [1, 1, 3, 1, 2, 1, 5, 1, 1]
        self.assertEqual(ratio([10 * s for s in slow], [5 * s for s in slow])[1], (2, 2))

    def test_about_five_per_cent_of_the_intervals_err(self) -> None:
        noise = random.Random(7)
        tries, wrong = 300, 0
        for _ in range(tries):
            drift = [noise.gauss(0, 0.05) for _ in range(9)]
            one, two = ([100 * (1 + d + noise.gauss(0, 0.03)) for d in drift] for _ in range(2))
            wrong += differs(ratio(one, two)[1])
        self.assertLess(wrong / tries, 0.08)
        self.assertGreater(wrong, 0)


class Format(unittest.TestCase):
    def test_marks_what_cannot_be_told_apart(self) -> None:
        self.assertEqual(format_ratio(1.01, (0.97, 1.04)), "~1.01 (0.97-1.04)")
        self.assertEqual(format_ratio(1.41, (1.35, 1.45)), "1.41 (1.35-1.45)")
        self.assertEqual(format_ratio(12.34, (11.9, 12.9)), "12.3 (11.9-12.9)")


if __name__ == "__main__":
    unittest.main()
