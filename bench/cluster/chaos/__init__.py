"""The failures. Each is a function that takes a whole tier and returns a Report. It may leave broken
what it broke: Tier.heal() follows."""

from cluster.chaos.gateway_cut import gateway_cut
from cluster.chaos.gateway_killed import gateway_killed
from cluster.chaos.primary import primary_cut, primary_killed, primary_stopped, replica_behind
from cluster.chaos.rolling import rolling
from cluster.chaos.sentinel_killed import sentinel_killed

ALL = {
    "rolling": rolling,
    "gateway-killed": gateway_killed,
    "gateway-cut": gateway_cut,
    "primary-stopped": primary_stopped,
    "primary-killed": primary_killed,
    "primary-cut": primary_cut,
    "replica-behind": replica_behind,
    "sentinel-killed": sentinel_killed,
}
