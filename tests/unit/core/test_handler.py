from typing import Any

import msgspec
import pytest

from eventray_core.handler import HandlerConfig, HandlerConfigs, InvokeType


def config(**integration: Any) -> HandlerConfig:
    members = {"behavior": "DIRECT", "integration": {"dataSourceName": "d", **integration}}
    return msgspec.convert(members, HandlerConfig)


@pytest.mark.parametrize(
    ("integration", "invoke_type"),
    [
        ({}, InvokeType.REQUEST_RESPONSE),
        ({"lambdaConfig": {}}, InvokeType.REQUEST_RESPONSE),
        ({"lambdaConfig": {"invokeType": "REQUEST_RESPONSE"}}, InvokeType.REQUEST_RESPONSE),
        ({"lambdaConfig": {"invokeType": "EVENT"}}, InvokeType.EVENT),
    ],
)
def test_a_function_is_waited_for_unless_the_caller_said_otherwise(
    integration: dict[str, Any], invoke_type: InvokeType
) -> None:
    handler = config(**integration)
    assert handler.invoke_type is invoke_type
    assert msgspec.to_builtins(handler)["integration"] == {"dataSourceName": "d", **integration}


def test_an_empty_name_is_no_data_source() -> None:
    assert config().data_source == "d"
    assert config(dataSourceName="").data_source is None


def test_the_handlers_that_are_given() -> None:
    one = config()
    assert HandlerConfigs().given() == []
    assert HandlerConfigs(on_subscribe=one).given() == [one]
    assert HandlerConfigs(on_publish=one, on_subscribe=one).given() == [one, one]
