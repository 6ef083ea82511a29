"""Writers that note which writes were acknowledged, and afterwards which of these are still there.

All append to one stream. The primary numbers its entries in order, so it is known not only how many
are lost, but which."""

import functools
import time
from collections.abc import Callable, Iterable

from cluster import clients
from cluster.report import Report
from waiting import wait_until


def order(entry: str) -> tuple[int, int]:
    """The order of an entry's ID, which is milliseconds and a number."""
    milliseconds, number = entry.split("-")
    return int(milliseconds), int(number)


def acknowledged_to(writer: clients.Steady) -> list[tuple[float, str]]:
    return [(when, reply) for when, _, reply in list(writer.answers) if isinstance(reply, str)]


class Ledger:
    def __init__(self, writers: int) -> None:
        self.failed_at: float | None = None
        self.replica_until: float | None = None
        self.alone_from: float | None = None
        self.stream = f"ledger-{time.time_ns()}"
        self.writers = [
            clients.Steady("client2", functools.partial(self.question, own))
            for own in range(writers)
        ]

    def question(self, own: int, number: int) -> list[object]:
        return ["XADD", self.stream, "*", own, number]

    def without_replica(self, leave: Callable[[], object]) -> None:
        """From when `leave` returns, only the primary has what it acknowledges."""
        self.replica_until = time.monotonic()
        leave()
        self.alone_from = time.monotonic()

    def primary_fails(self) -> None:
        self.failed_at = time.monotonic()
        self.replica_until = self.replica_until or self.failed_at

    def wait_for(self, writes: int) -> None:
        """Waits for so many more."""
        enough = len(self.acknowledged()) + writes
        wait_until(lambda: len(self.acknowledged()) >= enough, "writes are acknowledged")

    def acknowledged(self) -> list[tuple[float, str]]:
        """The time and the ID of each answered write."""
        return [write for writer in self.writers for write in acknowledged_to(writer)]

    # A writer asks one at a time. An answer next to a moment can belong to either side of it.

    @staticmethod
    def long_before(writer: clients.Steady, moment: float) -> list[str]:
        """The writes acknowledged by then, except the last."""
        return [entry for when, entry in acknowledged_to(writer) if when < moment][:-1]

    @staticmethod
    def begun_between(writer: clients.Steady, first: float, last: float) -> list[str]:
        """The writes acknowledged then, except the first, which may have been sent before."""
        return [entry for when, entry in acknowledged_to(writer) if first <= when < last][1:]

    def answered_again(self) -> bool:
        assert self.failed_at is not None
        return all(writer.answered_since(self.failed_at) for writer in self.writers) and all(
            writer.failed() for writer in self.writers
        )

    def stop(self) -> None:
        for writer in self.writers:
            writer.stop()

    def tell(self, report: Report, present: Iterable[str], most_lost: int | None) -> None:
        """`present`: the IDs that the new primary has."""
        assert self.failed_at is not None and self.replica_until is not None
        present = set(present)
        acknowledged = self.acknowledged()
        lost = sorted((entry for _, entry in acknowledged if entry not in present), key=order)
        kept = [entry for when, entry in acknowledged if when < self.failed_at and entry in present]
        out_of_order = sum(order(entry) > order(lost[0]) for entry in kept) if lost else 0
        unknown = len(present) - (len(acknowledged) - len(lost))
        before = sum(
            when < self.failed_at for writer in self.writers for when, *_ in writer.failed()
        )

        report.counted("writes acknowledged", len(acknowledged), at_least=1)
        report.counted("writes that failed before", before, equals=0)
        failures = sum(len(writer.failed()) for writer in self.writers)
        report.counted("writes that failed meanwhile", failures)
        periods = max(writer.failing_periods() for writer in self.writers)
        report.counted("periods of failing, of the writer that had most", periods, at_most=1)
        report.counted("writers' reconnects", sum(w.redials for w in self.writers), equals=0)
        report.counted("acknowledged writes that are lost", len(lost), at_most=most_lost)
        unexpected = sum(
            entry in lost
            for writer in self.writers
            for entry in self.long_before(writer, self.replica_until)
        )
        report.counted("  of those that the replica had got", unexpected, equals=0)
        report.counted(
            "  kept, though the primary took them after a lost one", out_of_order, equals=0
        )
        if self.alone_from:
            alone = [
                entry in present
                for writer in self.writers
                for entry in self.begun_between(writer, self.alone_from, self.failed_at)
            ]
            report.counted("  of those that it had not got", alone.count(False), equals=len(alone))
        report.counted("writes that failed and yet are there", unknown)
