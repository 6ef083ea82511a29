"""What the lab's tests share: a tier of their own, in namespaces of their own."""

import os
import shutil
import sys
import tempfile

from cluster import place
from cluster.tier import Tier
from cluster.waiting import Failure

SKIPPED = 77  # To CTest.


def enter():
    """Runs this program again inside; where that cannot be, says why and ends it."""
    if os.environ.get(place.MARK):
        return
    try:
        for program in ["haproxy", "redis-server", "ip", "nsenter"]:
            if not shutil.which(program):
                raise Failure(f"no {program} here")
        place.enter_fresh()
    except Failure as failure:
        print(f"skipped: {failure}")
        sys.exit(SKIPPED)


class OwnTier:
    """For a `with`: a tier with the programs of a build."""

    def __init__(self, programs):
        self.programs = programs
        self.folder = tempfile.TemporaryDirectory()

    def __enter__(self):
        place.settle()
        tier = Tier(self.programs, self.folder.name)
        tier.start()
        return tier

    def __exit__(self, *_):
        self.folder.cleanup()
