"""Tests of schedule.py."""

import random
import unittest

from suite.schedule import blocks


class Blocks(unittest.TestCase):
    def test_each_holds_every_point_once_in_an_order_of_its_own(self) -> None:
        points = list("abcdefgh")
        found = list(blocks(points, 20, random.Random(1)))
        orders = [[point for repetition, _, point in found if repetition == i] for i in range(20)]
        for order in orders:
            self.assertEqual(sorted(order), points)
        self.assertGreater(len({tuple(order) for order in orders}), 15)
        self.assertEqual([position for _, position, _ in found[:8]], list(range(8)))

    def test_a_seed_gives_the_same_order_again(self) -> None:
        one, two = (list(blocks("abcdef", 5, random.Random(3))) for _ in range(2))
        self.assertEqual(one, two)


if __name__ == "__main__":
    unittest.main()
