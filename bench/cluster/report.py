"""What a failure did: what was done, counts beside the expected ones, times beside the predicted ones.
Counts are judged, times never."""

from typing import Any

from waiting import Stopwatch


class Report:
    def __init__(self, name: str, summary: str) -> None:
        self.name = name
        self.stopwatch = Stopwatch()
        self.events: list[dict[str, Any]] = []
        self.counts: list[dict[str, Any]] = []
        self.times: list[dict[str, Any]] = []
        print(f"\n{name}: {summary}", flush=True)

    def did(self, text: str) -> None:
        at = self.stopwatch.seconds()
        self.events.append({"at_s": round(at, 2), "text": text})
        print(f"  {at:6.1f} s  {text}", flush=True)

    def counted(
        self,
        what: str,
        value: Any,
        equals: Any = None,
        at_most: int | None = None,
        at_least: int | None = None,
    ) -> None:
        """Without an expectation the count is only told."""
        rules = {"equals": equals, "at most": at_most, "at least": at_least}
        rules = {name: rule for name, rule in rules.items() if rule is not None}
        tests = {
            "equals": lambda rule: value == rule,
            "at most": lambda rule: value <= rule,
            "at least": lambda rule: value >= rule,
        }
        holds = all(tests[name](rule) for name, rule in rules.items())
        self.counts.append({"what": what, "counted": value, "expected": rules, "holds": holds})
        self.line(what, value, rules, "" if holds else "  NOT SO")

    def measured(self, what: str, seconds: float, predicted: float | None = None) -> None:
        """`predicted` is the most that the options allow, in seconds."""
        row = {"what": what, "seconds": round(seconds, 3), "predicted_at_most_s": predicted}
        self.times.append(row)
        rules = {} if predicted is None else {"predicted at most": f"{predicted:g} s"}
        self.line(what, f"{seconds:.1f} s", rules, "")

    def line(self, what: str, value: object, rules: dict[str, Any], verdict: str) -> None:
        words = ", ".join(f"{name} {rule}" for name, rule in rules.items())
        print(f"    {what[:63]:<64}{value!s:>8}  {words and f'({words})'}{verdict}", flush=True)

    def failures(self) -> list[str]:
        return [f"{count['what']}: {count}" for count in self.counts if not count["holds"]]

    def document(self) -> dict[str, Any]:
        return {"events": self.events, "counts": self.counts, "times": self.times}
