"""Runs what a page shows of a shell, and compares what comes with what the page says.

A transcript is a block fenced as `console`: commands behind "$ ", their output below. A line of
"..." stands for any lines, "..." within a line for any text. What differs from run to run is masked
on both sides: times, ports beyond 9999, process ids.

`./run stage N` and `strace -p` go on in the background, as in a terminal of their own. "^C" ends the
one that was started last, and what is below it is what that wrote since; a stage also ends when the
same one is started again, and all end with the page.

    python3 -m docs.site.transcripts PAGE [--print]
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

from suite import namespace
from docs.site.build import SOURCES
from waiting import poll_until

SKIPPED = 77
TIME_LIMIT_S = 300  # For a command, a build among them.
SETTLE_S = 20
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
MASKS = [
    (re.compile(r"\b\d+(\.\d+)?\s?(us|µs|ms|s|sec|seconds)\b"), "TIME"),
    (re.compile(r":\d{5}\b"), ":PORT"),
    (re.compile(r"\b(pid|fd|uid|ino)([ =:])\d+"), r"\1\2N"),
    (re.compile(r"\b0x[0-9a-f]+\b"), "0xN"),
    (re.compile(r"\s+"), " "),
]


def steps(page: str) -> Iterator[tuple[str, list[str]]]:
    """(command, the lines expected) of each, in order."""
    for block in BLOCK.findall(page):
        command: str | None = None
        expected: list[str] = []
        for line in block.splitlines():
            if line.startswith("$ ") or line == "^C":
                if command:
                    yield command, expected
                command, expected = line.removeprefix("$ "), []
            elif command is None:
                raise ValueError(f"output before a command: {line}")
            else:
                expected.append(line)
        if command:
            yield command, expected


def masked(line: str) -> str:
    for pattern, replacement in MASKS:
        line = pattern.sub(replacement, line)
    return line.strip()


def as_pattern(expected: list[str]) -> re.Pattern[str]:
    """A regular expression for the whole output, lines ended by newlines."""
    parts = []
    for line in expected:
        if line.strip() == "...":
            parts.append(r"(?:[^\n]*\n)*?")
        else:
            texts = [re.escape(text.strip()) for text in masked(line).split("...")]
            parts.append(r"[^\n]*".join(texts) + r"\n")
    return re.compile("".join(parts))


def agrees(expected: list[str], output: str) -> bool:
    """An empty line at the end is no difference."""
    lines = [masked(line) for line in output.rstrip().splitlines()]
    text = "".join(f"{line}\n" for line in lines)
    return as_pattern(expected).fullmatch(text) is not None


class Command:
    """A command whose output goes to a terminal, as a reader's does."""

    def __init__(self, words: str) -> None:
        self.output = ""
        self.at_first = 0  # Of its threads, once it is ready.
        self.terminal, theirs = os.openpty()
        os.set_blocking(self.terminal, False)
        self.process = subprocess.Popen(
            ["bash", "-c", words],
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
            env=os.environ | {"NO_COLOR": "1", "LC_ALL": "C.UTF-8", "TERM": "dumb"},
            start_new_session=True,
        )
        os.close(theirs)

    def read(self) -> str:
        """All that it has written by now."""
        try:
            while chunk := os.read(self.terminal, 65536):
                self.output += chunk.decode(errors="replace").replace("\r\n", "\n")
        except OSError:  # Nothing more now, or ever.
            pass
        return self.output

    def wait(self, until: float, enough: Callable[[str], bool] = lambda output: False) -> bool:
        """False if it is neither over by then nor has written enough."""
        while not enough(self.read()):
            if self.process.poll() is not None:
                self.read()
                return True
            if time.monotonic() > until:
                return False
            time.sleep(0.02)
        return True

    def threads(self) -> int:
        """How many there are of all that it has started."""
        words = ["ps", "-L", "-o", "lwp=", "-s", str(self.process.pid)]
        return subprocess.run(words, capture_output=True, check=False).stdout.count(b"\n")

    def end(self, number: int) -> None:
        """Ends it, and what it started, by a signal; by force if that is not heard."""
        for signal_number in [number, signal.SIGKILL]:
            try:
                os.killpg(self.process.pid, signal_number)
            except ProcessLookupError:
                break
            if self.wait(time.monotonic() + TIME_LIMIT_S / 10):
                break
        self.process.wait()
        os.close(self.terminal)


# What goes on in the background: how it begins, and what it has written once it is ready.
BACKGROUND = [
    (re.compile(r"(prlimit \S+ )?\./run stage \d"), "listening on"),
    (re.compile(r"strace .*-p"), "attached"),
]


class Shell:
    """Runs commands as a reader would, and ends what it has started."""

    def __init__(self) -> None:
        # Command by what it begins with, the one started last at the end.
        self.background: dict[str, Command] = {}

    def __enter__(self) -> "Shell":
        return self

    def __exit__(self, *_: object) -> None:
        while self.background:
            self.interrupt()

    def interrupt(self, name: str | None = None) -> str:
        """Ctrl-C. What the command wrote since it was ready."""
        command = self.background.pop(name or list(self.background)[-1])
        before = len(command.read())
        command.end(signal.SIGINT)
        return command.output[before:]

    def run(self, words: str, expected: list[str]) -> str:
        """The output: of what goes on, as soon as it is what is expected. What only looks at sockets
        is asked again meanwhile: they close a little later than their programs have answered."""
        until = time.monotonic() + TIME_LIMIT_S
        if words == "^C" or words.startswith("strace"):
            poll_until(self.at_rest)
        if words == "^C":
            output = self.interrupt()
            return output if expected else ""
        for begin, ready in BACKGROUND:
            if match := begin.match(words):
                return self.start(match.group(), words, ready, expected, until)
        output = self.run_once(words, until)
        settled = time.monotonic() + SETTLE_S
        while "ss -" in words and not agrees(expected, output) and time.monotonic() < settled:
            time.sleep(0.1)
            output = self.run_once(words, until)
        return output

    def at_rest(self) -> bool:
        """A thread ends a little later than it has answered."""
        return all(each.threads() <= each.at_first for each in self.background.values())

    @staticmethod
    def run_once(words: str, until: float) -> str:
        command = Command(words)
        in_time = command.wait(until)
        command.end(signal.SIGKILL)
        return command.output + ("" if in_time else f"(not over after {TIME_LIMIT_S} s)\n")

    def start(self, name: str, words: str, ready: str, expected: list[str], until: float) -> str:
        if name in self.background:
            self.interrupt(name)
        command = self.background[name] = Command(words)
        command.wait(until, lambda output: ready in output and agrees(expected, output))
        command.at_first = command.threads()
        return command.output


REFUSED = re.compile(r"^.*(?:[Oo]peration not permitted|not permitted here).*$", re.MULTILINE)


# Commands that count what all the network has.
COUNTS = re.compile(r"^ss |read_timeout")


def why_no_answer(command: str, output: str, own_network: bool) -> str | None:
    """What this system does not permit that the command needs; None if it is something else."""
    if found := REFUSED.search(output):
        return found[0].strip().removeprefix("skipped: ")
    if "go: command not found" in output:
        return "no Go here"
    if COUNTS.search(command) and not own_network:
        return "it counts connections, and without a network namespace there are those of others"
    return None


def check(page: str, show: bool, own_network: bool) -> int:
    """The exit code: 0, 1 if something else came, 77 if this system permits no answer."""
    with open(f"{SOURCES}/{page}.md", encoding="utf-8") as file:
        text = file.read()
    result = 0
    with Shell() as shell:
        for command, expected in steps(text):
            output = shell.run(command, expected)
            if show:
                print(f"$ {command}\n{output}", end="", flush=True)
            elif not agrees(expected, output):
                if why := why_no_answer(command, output, own_network):
                    print(f"skipped: {why}")
                    return result or SKIPPED
                result = 1
                print(f"--- {page}.md says:\n$ {command}")
                print("\n".join(expected))
                print(f"+++ what came:\n{output}", flush=True)
    return result


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("page")
    parser.add_argument("--print", action="store_true", dest="show")
    args = parser.parse_args()
    # With process ids of its own, too, so that nothing that it starts outlives it.
    own_network = namespace.enter("--pid", "--fork", "--mount-proc", "--kill-child")
    sys.exit(check(args.page, args.show, own_network))


if __name__ == "__main__":
    main()
