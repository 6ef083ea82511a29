"""What the lab's tests share: a tier of their own, in namespaces of their own."""

import os
import shutil
import sys
import tempfile

from cluster import place
from cluster.tier import Tier
from waiting import Failure

SKIPPED = 77  # To CTest.


def skip_where_impossible() -> None:
    """Says why there can be no lab here, and ends the test."""
    try:
        for program in ["haproxy", "redis-server", "redis-cli", "ip", "nsenter"]:
            if not shutil.which(program):
                raise Failure(f"no {program} here")
        place.fresh()
    except Failure as failure:
        print(f"skipped: {failure}")
        sys.exit(SKIPPED)


def enter() -> None:
    """Runs this program again inside."""
    if not os.environ.get(place.MARK):
        skip_where_impossible()
        place.enter_fresh()


class OwnTier:
    """For a `with`: a tier with the programs of a build."""

    def __init__(self, programs: str) -> None:
        self.programs = programs
        self.tier: Tier | None = None
        self.folder = tempfile.TemporaryDirectory(prefix="with a space ")

    def __enter__(self) -> Tier:
        place.settle()
        self.tier = Tier(self.programs, self.folder.name)
        self.tier.start()
        return self.tier

    def __exit__(self, *_: object) -> None:
        assert self.tier is not None
        self.tier.stop()  # What still writes would be in the way.
        self.folder.cleanup()
