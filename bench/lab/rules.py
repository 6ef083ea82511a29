"""What the page may ask for. Everything that it sends is checked here; nothing else runs."""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

STAGES = {1: "stage1_naive", 2: "stage2_pool", 3: "stage3_keepalive", 4: "stage4_workers"}
CPUS = str(os.cpu_count() or 1)


class Refused(Exception):
    """Refuses what the page asked for, with one line that says why."""


@dataclass(frozen=True)
class Choice:
    """An option that takes an idea out of a stage, or puts it back."""

    option: str  # as one would type it
    values: tuple[str, ...]  # the default is the last
    stages: tuple[int, ...]


CHOICES = {
    "pool": Choice("--pool-max-open", ("1", "4", "64"), (2, 3, 4)),
    "requests": Choice("--max-requests", ("1", "0"), (3, 4)),
    "worker": Choice("--worker", ("literal", "event"), (4,)),
    "workers": Choice("--workers", ("1",) if CPUS == "1" else ("1", CPUS), (4,)),
    "depth": Choice("--pipeline-depth", ("1", "128"), (4,)),
    "in_flight": Choice("--max-in-flight", ("64", "0"), (4,)),
}
# For each number of a load: the least, the most, and its name.
LIMITS = {
    "clients": (1, 2000, "clients"),
    "rate": (10, 100_000, "requests a second"),
    "depth": (1, 64, "requests in one write"),
    "value_size": (0, 65536, "bytes of a value"),
    "get_percent": (0, 100, "percent of GET"),
}
DELAY_MS = (0, 50, "ms of delay")


@dataclass(frozen=True)
class Load:
    """The load, the same for every stage."""

    clients: int = 50
    loop: str = "closed"  # Or open, at `rate`.
    rate: int = 2000
    connection: str = "reuse"  # Or reconnect.
    depth: int = 1
    value_size: int = 64
    get_percent: int = 90

    def changed(self, changes: object) -> "Load":
        fields = asdict(self)
        if not isinstance(changes, Mapping):
            raise Refused("a load has names and values")
        for name, value in changes.items():
            if name in LIMITS:
                fields[name] = number(value, LIMITS[name])
            elif name == "loop":
                fields[name] = one_of(value, ("closed", "open"), "a loop")
            elif name == "connection":
                fields[name] = one_of(value, ("reuse", "reconnect"), "a use of connections")
            else:
                raise Refused(f"a load has no '{name}'")
        return Load(**fields)


def number(value: object, limits: tuple[int, int, str]) -> int:
    least, most, name = limits
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise Refused(f"{name}: {least:,} to {most:,}, not {shown(value)}")
    return value


def one_of(value: object, values: tuple[str, ...], name: str) -> str:
    if not isinstance(value, str) or value not in values:
        raise Refused(f"{name} is {' or '.join(values)}, not {shown(value)}")
    return value


def switch(value: object) -> bool:
    if not isinstance(value, bool):
        raise Refused(f"on or off, not {shown(value)}")
    return value


def stage(value: object) -> int:
    return number(value, (1, 4, "stages"))


def option(number_of_stage: int, name: object, value: object) -> tuple[str, str]:
    """A name of CHOICES, and one of its values, for a stage that has it."""
    if not isinstance(name, str) or name not in CHOICES:
        raise Refused(f"no option {shown(name)}")
    choice = CHOICES[name]
    if number_of_stage not in choice.stages:
        raise Refused(f"stage {number_of_stage} has no {choice.option}")
    return name, one_of(value, choice.values, choice.option)


def usual(of_stage: int) -> dict[str, str]:
    """The default options of a stage."""
    return {name: one.values[-1] for name, one in CHOICES.items() if of_stage in one.stages}


def arguments(options: Mapping[str, str]) -> list[str]:
    """The options that are not defaults, as one would type them."""
    words: list[str] = []
    for name, value in options.items():
        if value != CHOICES[name].values[-1]:
            words += [CHOICES[name].option, value]
    return words


def shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:40] + "…"
