"""The scenarios, in the order in which the report tells them. Each is a file of its own."""

from suite.scenario import Scenario
from suite.scenarios import (
    ablation,
    channel,
    clients,
    deadpeers,
    foreign,
    ladder,
    latency,
    overload,
    pipelined,
    poolsize,
    reconnect,
    stall,
    starvation,
    valuesize,
)

ALL: dict[str, Scenario] = {
    module.SCENARIO.name: module.SCENARIO
    for module in [
        ladder,
        foreign,
        ablation,
        reconnect,
        channel,
        pipelined,
        latency,
        clients,
        poolsize,
        starvation,
        overload,
        stall,
        deadpeers,
        valuesize,
    ]
}
