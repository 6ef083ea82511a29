"""The failures, each a function that takes a tier which is whole and returns a Report. What it broke it
may leave broken: Tier.heal() follows."""

from cluster.chaos.rolling import rolling

ALL = {"rolling": rolling}
