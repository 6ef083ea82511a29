"""A fresh network for all that a run starts: its counters begin at 0, and nobody else changes them."""

import os
import subprocess
import sys

MARK = "STAGECOACH_OWN_NETWORK"  # in the environment of the program that runs inside
ATTEMPTS = [["unshare", "--net"], ["unshare", "--map-root-user", "--net"]]


def enter(*options: str) -> bool:
    """Runs this program again inside, or returns whether it is inside. `options` are more options
    of unshare(1)."""
    if os.environ.get(MARK):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return True
    for attempt in ATTEMPTS:
        works = [*attempt, *options, "ip", "link", "set", "lo", "up"]
        try:
            permitted = subprocess.run(works, capture_output=True, check=False).returncode == 0
        except FileNotFoundError:
            permitted = False
        if permitted:
            os.environ[MARK] = "1"
            os.execvp(attempt[0], [*attempt, *options, sys.executable, *sys.orig_argv[1:]])
    return False
