"""A failure of the lab, named in the first argument, with the programs of the build in the second."""

import sys
import unittest

from cluster import testing
from cluster.chaos import ALL


class Chaos(unittest.TestCase):
    def test_counts_are_what_they_have_to_be(self) -> None:
        with testing.own_tier(BUILD) as tier:
            self.assertEqual(ALL[NAME](tier).failures(), [])


if __name__ == "__main__":
    NAME, BUILD = sys.argv[1:]
    testing.enter()
    unittest.main(argv=sys.argv[:1])
