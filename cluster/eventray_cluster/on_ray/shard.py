"""A shard on a Ray node."""

from dataclasses import replace

from eventray_actors import channel_shard
from eventray_cluster.logging_setup import LogSettings
from eventray_cluster.on_ray.node import reachable, settle
from eventray_core.members import ShardConfig
from eventray_core.ports import LocateDirectory


class ChannelShard(channel_shard.ChannelShard):
    """A shard, listening where its node can be reached."""

    def __init__(self, config: ShardConfig, locate: LocateDirectory, log: LogSettings) -> None:
        settle(config.name, log)
        super().__init__(replace(config, host=reachable(config.host)), locate)
