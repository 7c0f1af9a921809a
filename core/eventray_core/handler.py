"""How a namespace handles publishes and subscriptions (control-plane specification, section 4.4)."""

import enum

from msgspec import UNSET, UnsetType

from eventray_core.shape import Shape


class HandlerBehavior(enum.StrEnum):
    """Whether the namespace's code runs, or a Lambda function is called in its stead."""

    CODE = "CODE"
    DIRECT = "DIRECT"


class InvokeType(enum.StrEnum):
    """Whether a DIRECT function's result is waited for."""

    REQUEST_RESPONSE = "REQUEST_RESPONSE"
    EVENT = "EVENT"


class LambdaConfig(Shape, frozen=True, kw_only=True):
    """How a DIRECT function is called; absent means REQUEST_RESPONSE."""

    invoke_type: InvokeType | UnsetType = UNSET


class Integration(Shape, frozen=True, kw_only=True):
    """The data source of a handler; an empty name means none, which CDK and AWS's console send."""

    data_source_name: str
    lambda_config: LambdaConfig | UnsetType = UNSET


class HandlerConfig(Shape, frozen=True, kw_only=True):
    """The handling of one operation."""

    behavior: HandlerBehavior
    integration: Integration

    @property
    def data_source(self) -> str | None:
        """The data source's name, None without one."""
        return self.integration.data_source_name or None

    @property
    def invoke_type(self) -> InvokeType:
        """How a DIRECT function is called, with the default where the caller said nothing."""
        config = self.integration.lambda_config
        return (config.invoke_type if config else UNSET) or InvokeType.REQUEST_RESPONSE


class HandlerConfigs(Shape, frozen=True, kw_only=True):
    """The handling of publishes and of subscriptions."""

    on_publish: HandlerConfig | UnsetType = UNSET
    on_subscribe: HandlerConfig | UnsetType = UNSET

    def given(self) -> list[HandlerConfig]:
        """Those that are set."""
        return [config for config in (self.on_publish, self.on_subscribe) if config]
