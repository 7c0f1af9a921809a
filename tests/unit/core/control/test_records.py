import msgspec
import pytest
from msgspec import UNSET

from eventray_core.auth import AuthMode
from eventray_core.auth_providers import AuthProvider
from eventray_core.control.records import (
    RECORDS,
    SECRET_KINDS,
    AccessKeyRecord,
    ApiAssociationRecord,
    ApiKeyRecord,
    ApiRecord,
    AuthModeItem,
    CertificateRecord,
    DataSourceRecord,
    DomainNameRecord,
    EventConfig,
    IamUserRecord,
    Kind,
    NamespaceRecord,
    Put,
    Record,
    StackRecord,
    UserPolicyRecord,
    decode,
)
from eventray_core.data_source import DataSourceSettings, DataSourceType
from eventray_core.handler import HandlerBehavior, HandlerConfig, HandlerConfigs, Integration

ITEMS = (AuthModeItem(auth_type=AuthMode.API_KEY),)
CONFIG = EventConfig(
    auth_providers=(AuthProvider(auth_type=AuthMode.API_KEY),),
    connection_auth_modes=ITEMS,
    default_publish_auth_modes=ITEMS,
    default_subscribe_auth_modes=ITEMS,
)
HANDLER = HandlerConfig(behavior=HandlerBehavior.CODE, integration=Integration(data_source_name=""))

SECRET = "da2-abcdefghijklmnopqrstuvwxyz"
SAMPLES: list[tuple[Record, str]] = [
    (ApiRecord(created=1.5, api_id="a", dns_id="d", name="n", event_config=CONFIG), "a"),
    (
        NamespaceRecord(
            created=1.5,
            last_modified=2.25,
            api_id="a",
            name="n",
            version=3,
            publish_auth_modes=(),
            handler_configs=HandlerConfigs(on_publish=HANDLER),
            tags={"k": "v"},
        ),
        "a/n",
    ),
    (
        ApiKeyRecord(created=1, api_id="a", id=SECRET, expires=3600, deletes=7200, description=""),
        "a/2d22f0c5f5f0c9bb1c0b5a1ab4ec1ebb",
    ),
    (
        DataSourceRecord(
            created=1, api_id="a", name="s", settings=DataSourceSettings(type=DataSourceType.NONE)
        ),
        "a/s",
    ),
    (
        DomainNameRecord(created=1, domain_name="X.example.com", dns_id="d", certificate_arn="c"),
        "x.example.com",
    ),
    (ApiAssociationRecord(created=1, domain_name="X.example.com", api_id="a"), "x.example.com"),
    (
        CertificateRecord(
            created=1,
            certificate_id="c",
            names=("x.example.com",),
            not_before=0,
            not_after=9,
            fingerprint="f",
            chain_pem="chain",
            key_pem="key",
        ),
        "c",
    ),
    (StackRecord(created=1, last_modified=2, name="s", version=1, body="{}"), "s"),
    (IamUserRecord(created=1, user_name="u"), "u"),
    (UserPolicyRecord(created=1, user_name="u", policy_name="p", document="{}"), "u/p"),
]


@pytest.mark.parametrize(("record", "key"), SAMPLES, ids=[str(r.kind) for r, _ in SAMPLES])
def test_a_record_comes_back_from_the_store_as_it_was(record: Record, key: str) -> None:
    put = record.put()
    assert put.kind is record.kind
    assert decode(put) == record
    assert (record.remove().kind, record.remove().key) == (put.kind, put.key)
    if record.kind is not Kind.API_KEY:
        assert put.key == key


def test_every_kind_has_a_record_and_every_record_a_sample() -> None:
    assert sorted(record.kind for record in RECORDS) == sorted(Kind)
    sampled = {type(record) for record, _ in SAMPLES} | {AccessKeyRecord}
    assert set(RECORDS) == sampled


def test_no_key_of_a_record_holds_a_secret() -> None:
    key = ApiKeyRecord(created=1, api_id="a", id=SECRET, expires=0, deletes=0)
    assert SECRET not in key.key
    assert SECRET[4:] not in key.key
    pair = AccessKeyRecord(created=1, user_name="u", access_key_id="AKIA1", secret_access_key="hush")
    assert "hush" not in pair.key
    assert {key.kind, pair.kind, Kind.CERTIFICATE} == SECRET_KINDS


def test_what_was_left_out_is_not_written() -> None:
    body = SAMPLES[0][0].put().body
    assert b"ownerContact" not in body
    assert b"logConfig" not in body
    namespace = decode(SAMPLES[1][0].put())
    assert isinstance(namespace, NamespaceRecord)
    assert namespace.publish_auth_modes == ()
    assert namespace.subscribe_auth_modes is UNSET


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"created": "x"}', b"\xff"])
def test_a_damaged_record_is_not_taken_for_one(body: bytes) -> None:
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
        decode(Put(Kind.API, "a", body))
