"""The connections at Redis, with the programs of the build in the argument."""

import sys
import unittest

from cluster import connections, testing

FEW = 60  # Checks of HAProxy, the first requests of bench/load, and the Sentinels' connections.


class Connections(unittest.TestCase):
    def test_follow_from_the_arithmetic(self) -> None:
        with testing.own_tier(BUILD) as tier:
            counts = connections.count(tier)
        for way, row in counts.items():
            with self.subTest(way, **row):
                self.assertEqual(row["errors"], 0)
                self.assertEqual(row["clients_answered"], connections.CLIENTS)
        direct, stage1, tiered = counts.values()
        self.assertEqual(direct["connections_at_a_time"], connections.CLIENTS)
        self.assertAlmostEqual(direct["connections_made"], connections.CLIENTS, delta=FEW)
        self.assertAlmostEqual(stage1["connections_made"], stage1["requests"], delta=FEW)
        for name in ["connections_at_a_time", "connections_made"]:
            self.assertLessEqual(tiered[name], connections.most_of_the_tier() + FEW)


if __name__ == "__main__":
    [BUILD] = sys.argv[1:]
    testing.enter()
    unittest.main(argv=sys.argv[:1])
