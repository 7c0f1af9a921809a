import re
from typing import Any

import boto3
import pytest

from eventray_cluster.templates.resource_types import API, NAMESPACE, RESOURCE_TYPES, ResourceType

MODEL: Any = boto3.client(
    "appsync", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
).meta.service_model
OF_APPSYNC = [t for t in RESOURCE_TYPES.values() if t.answer]


def _member(shape: Any, place: str) -> bool:
    """Whether an answer's shape has the member; maps have any."""
    for part in place.split("."):
        if shape.type_name == "map":
            return True
        if part not in shape.members:
            return False
        shape = shape.members[part]
    return True


@pytest.mark.parametrize("type_", OF_APPSYNC, ids=lambda t: t.name)
def test_all_operations_and_members_are_in_the_service_model(type_: ResourceType) -> None:
    create, read, update, delete = (MODEL.operation_model(name) for name in type_.operations)
    answer = create.output_shape.members[type_.answer]
    assert type_.answer in update.output_shape.members
    if type_.answer != "apiKey":
        assert read.output_shape.members[type_.answer].name == answer.name
        assert set(delete.input_shape.members) == set(type_.identity)
        assert set(read.input_shape.members) == set(type_.identity)
    own = {"arn", "digest"} if type_.answer == "apiKey" else set()
    places = {type_.ref, type_.tagged, *type_.attributes.values()} - {""} - own
    assert [place for place in places if not _member(answer, place)] == []


@pytest.mark.parametrize("type_", OF_APPSYNC, ids=lambda t: t.name)
def test_what_can_only_be_chosen_at_creation_is_in_the_request(type_: ResourceType) -> None:
    members = {name.lower() for name in MODEL.operation_model(type_.operations[0]).input_shape.members}
    names = {*type_.create_only, *filter(None, type_.identity.values())}
    assert {name.lower() for name in names} <= members
    assert all(re.fullmatch("[A-Z][A-Za-z]+", name) for name in names)


def test_identities_come_from_properties_or_from_the_server() -> None:
    properties = {"ApiId": "a", "Name": "news"}
    assert RESOURCE_TYPES[NAMESPACE].identity_of(properties) == {"apiId": "a", "name": "news"}
    assert RESOURCE_TYPES[API].identity_of(properties) is None
