"""Shared by the lab's tests: a tier of their own, in namespaces of their own."""

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator

from cluster import place
from cluster.tier import Tier
from waiting import Failure

SKIPPED = 77  # for CTest


def skip_where_impossible() -> None:
    """If there can be no lab here, says why and ends the test."""
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


@contextlib.contextmanager
def own_tier(programs: str) -> Iterator[Tier]:
    """A tier with the programs of a build."""
    place.settle()
    with tempfile.TemporaryDirectory(prefix="with a space ") as folder:
        tier = Tier(programs, folder)
        try:
            tier.start()
            yield tier
        finally:
            tier.stop()  # servers that still write would be in the way
