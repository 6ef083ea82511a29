"""Passes on the output of ctest. In front of its summary it adds a line: how many tests were skipped,
why, and what would let them run.

    ctest --output-junit FILE | tell_skipped.py FILE
"""

import collections
import re
import signal
import sys
from xml.etree import ElementTree

SUMMARY = re.compile(rb"\d+% tests passed")
# A test gives its reason in GoogleTest's words, or in a line of its own.
REASON = re.compile(r"(?:: Skipped\n|^skipped: )(.+)", re.MULTILINE)
# What a reason is about, and one text for all reasons of that kind.
KINDS = {
    re.compile(r"\btrace\b"): "nobody may trace here (a container needs --cap-add SYS_PTRACE)",
    re.compile(r"namespace|unshare|not permitted"): (
        "no namespaces of one's own are permitted (run as root; a container needs --privileged)"
    ),
    re.compile(r"IPv6"): "there is no IPv6 here (net.ipv6.conf.all.disable_ipv6 has to be 0)",
    re.compile(r"[Ss]anitizer"): "they cannot do with a sanitizer (./run test has none)",
}


def reason(output: str) -> str:
    """The reason of a test that printed this."""
    if not (found := REASON.search(output)):
        return "no reason given"
    words = found[1].strip()
    return next((kind for pattern, kind in KINDS.items() if pattern.search(words)), words)


def skipped(path: str) -> dict[str, int]:
    """How many tests were skipped, by reason; none if there is no such file."""
    try:
        tests = ElementTree.parse(path).iter("testcase")
    except (OSError, ElementTree.ParseError):
        return {}
    return collections.Counter(
        reason(test.findtext("system-out", ""))
        for test in tests
        if (mark := test.find("skipped")) is not None
        and mark.get("message", "").startswith("SKIP_")
    )


def line(counts: dict[str, int]) -> str:
    parts = "; ".join(f"{count}, {words}" for words, count in counts.items())
    return f"{sum(counts.values())} skipped: {parts}.\n\n" if counts else ""


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctest gets it, too, and its end ends this
    held = b""
    for printed in sys.stdin.buffer:
        if held or SUMMARY.match(printed):
            held += printed
        else:
            sys.stdout.buffer.write(printed)
            sys.stdout.buffer.flush()
    sys.stdout.buffer.write(line(skipped(sys.argv[1])).encode() + held)


if __name__ == "__main__":
    main()
