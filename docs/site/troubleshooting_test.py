"""Holds the page Troubleshooting to the sources: what it quotes is what the programs say, and what a
client can be told, or the log, is on it."""

import pathlib
import re
import unittest
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/pages/troubleshooting.md"
FOLDERS = ["common", "stage*", "bench", "docs/site"]
ENDINGS = {".cpp", ".hpp", ".py", ".go", ""}
NO_SOURCE = re.compile(r"_test\.|_fixture\.|/testing/|/results/|/fuzz/")

CODE = re.compile(r"<code>(.+?)</code>|``(.+?)``|`([^`]+)`", re.DOTALL)
VARIABLE = re.compile(r"‹[^›]*›")
# A key is the first thing of a list's item or of a table's row.
KEY = re.compile(
    r"^(?:- |\| )(?:<code>((?:(?!</code>).)+)</code>|``((?:(?!``).)+)``|`([^`]+)`)\s(?:<br>|\|)",
    re.MULTILINE | re.DOTALL,
)
NEXT_LITERAL = re.compile(r'"\s*\n\s*f?"')  # "one text" "in two literals"
LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
REPLY = re.compile(r"-?((?:ERR|NOAUTH|NOPROTO|WRONGPASS|NOPERM|BUSY|LOADING|OOM) .+)")
COMMENT = re.compile(r"(?:^|\s)//.*$", re.MULTILINE)
LOGGED = re.compile(r'spdlog::(?:warn|error|debug)\(\s*"((?:[^"\\\n]|\\.)*)"')


def sources(*folders: str) -> Iterator[str]:
    """The text of each file that is no test."""
    for folder in folders:
        for path in sorted(ROOT.glob(f"{folder}/**/*")):
            if path.is_file() and path.suffix in ENDINGS and not NO_SOURCE.search(str(path)):
                yield joined(path)


def joined(path: pathlib.Path) -> str:
    """A file without its comments, and with literals that stand side by side made one."""
    text = COMMENT.sub("", path.read_text(encoding="utf-8"))
    return NEXT_LITERAL.sub("", text).replace("\\r\\n", "")


def fixed_parts(text: str, variable: re.Pattern[str] = VARIABLE) -> list[str]:
    """What stands between the variable parts, without the punctuation that may come from elsewhere."""
    parts = (part.strip(" :;,.'\"()") for part in variable.split(text))
    return [part for part in parts if len(part) > 2]


def on_page(pattern: re.Pattern[str] = CODE) -> list[str]:
    text = PAGE.read_text(encoding="utf-8")
    found = [next(filter(None, match.groups())) for match in pattern.finditer(text)]
    return [" ".join(text.split()) for text in found]


class Troubleshooting(unittest.TestCase):
    def test_what_it_quotes_is_in_a_source(self) -> None:
        every = [*sources(*FOLDERS), joined(ROOT / "run"), joined(ROOT / "CMakeLists.txt")]
        quoted = on_page(KEY) + [text for text in on_page() if fixed_parts(text) and "‹" in text]
        self.assertGreater(len(quoted), 100)
        for text in quoted:
            self.assertTrue(fixed_parts(text), f"nothing in '{text}' is fixed")
            for part in fixed_parts(text):
                with self.subTest(text):
                    self.assertTrue(
                        any(part in source for source in every), f"no source says '{part}'"
                    )

    def assert_on_page(self, literals: list[str], variable: str) -> None:
        shown = on_page()
        self.assertTrue(literals)
        for literal in literals:
            parts = fixed_parts(literal, re.compile(variable))
            with self.subTest(literal):
                self.assertTrue(
                    any(all(part in text for part in parts) for text in shown),
                    f"Troubleshooting lacks '{literal}'",
                )

    def test_every_error_reply_is_on_it(self) -> None:
        texts = sources("common/gateway", "common/resp", "common/origin", "stage*")
        literals = [literal for text in texts for literal in LITERAL.findall(text)]
        replies = [reply[1] for reply in map(REPLY.fullmatch, literals) if reply]
        self.assert_on_page(replies, r"@|<\w+>")

    def test_so_is_every_reason_of_a_protocol_error(self) -> None:
        literals = LITERAL.findall(joined(ROOT / "common/resp/request_parser.cpp"))
        self.assert_on_page([text for text in literals if " " in text], r"@")

    def test_so_is_what_the_log_says(self) -> None:
        texts = sources("common/gateway", "common/origin", "stage*")
        self.assert_on_page([line for text in texts for line in LOGGED.findall(text)], r"\{\}")


if __name__ == "__main__":
    unittest.main()
