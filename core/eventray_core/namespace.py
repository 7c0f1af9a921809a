"""Channel namespaces: settings for all channels below one first segment."""

import msgspec

from eventray_core.auth import AuthMode
from eventray_core.handler import HandlerConfig


class ChannelNamespace(msgspec.Struct, frozen=True, kw_only=True):
    """One namespace as the control plane stores it.

    `version` grows with each change, so that a gateway and a shard can tell whether they mean the same.
    Modes of None are the API's defaults; no modes at all let nobody in.
    """

    name: str
    version: int = 1
    publish_auth_modes: tuple[AuthMode, ...] | None = None
    subscribe_auth_modes: tuple[AuthMode, ...] | None = None
    on_publish: HandlerConfig | None = None
    on_subscribe: HandlerConfig | None = None
    code_hash: str | None = None
    """What the handlers' code is asked for by; None without code."""

    @property
    def handles_publish(self) -> bool:
        """Whether a publish may have to go through a handler; the code may turn out not to have one."""
        return self.code_hash is not None or self.on_publish is not None

    @property
    def handles_subscribe(self) -> bool:
        """The same of a subscription."""
        return self.code_hash is not None or self.on_subscribe is not None
