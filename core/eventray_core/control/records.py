"""What the control plane keeps: one record per resource, written and removed one by one."""

import enum
from typing import Any, ClassVar, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from eventray_core.auth import AuthMode
from eventray_core.auth_providers import AuthProvider
from eventray_core.control.ids import secret_digest
from eventray_core.data_source import DataSourceSettings
from eventray_core.handler import HandlerConfigs
from eventray_core.log_level import LogLevel
from eventray_core.shape import Shape


class Kind(enum.StrEnum):
    """The kinds of records; the values are the store's, so they never change their meaning."""

    API = "api"
    CHANNEL_NAMESPACE = "channel_namespace"
    API_KEY = "api_key"
    DATA_SOURCE = "data_source"
    DOMAIN_NAME = "domain_name"
    API_ASSOCIATION = "api_association"
    CERTIFICATE = "certificate"
    STACK = "stack"
    IAM_USER = "iam_user"
    ACCESS_KEY = "access_key"
    USER_POLICY = "user_policy"


SECRET_KINDS = frozenset({Kind.API_KEY, Kind.ACCESS_KEY, Kind.CERTIFICATE})
"""Kinds whose bodies are encrypted where they are kept; a key (of a record) never holds a secret."""


class Put(msgspec.Struct, frozen=True, tag=True):
    """A record is to be as `body` says: JSON of the kind's Struct."""

    kind: Kind
    key: str
    body: bytes


class Remove(msgspec.Struct, frozen=True, tag=True):
    """A record is to be gone."""

    kind: Kind
    key: str


Change = Put | Remove


class Record(Shape, frozen=True, kw_only=True):
    """The base of the records; `created` is seconds since 1970."""

    kind: ClassVar[Kind]
    created: float

    @property
    def key(self) -> str:
        """What names the record among those of its kind: `<parent>/<name>` below something, else `<name>`."""
        raise NotImplementedError

    def put(self) -> Put:
        """The change that writes this record."""
        return Put(self.kind, self.key, msgspec.json.encode(self))

    def remove(self) -> Remove:
        """The change that removes it."""
        return Remove(self.kind, self.key)


R = TypeVar("R", bound=Record)


class AuthModeItem(Shape, frozen=True, kw_only=True):
    """An entry of a list of modes."""

    auth_type: AuthMode


class LogConfig(Shape, frozen=True, kw_only=True):
    """An API's logging; the role is kept and returned, EventRay needs none."""

    log_level: LogLevel
    cloud_watch_logs_role_arn: str


class EventConfig(Shape, frozen=True, kw_only=True):
    """An API's providers and modes, as its caller wrote them."""

    auth_providers: tuple[AuthProvider, ...]
    connection_auth_modes: tuple[AuthModeItem, ...]
    default_publish_auth_modes: tuple[AuthModeItem, ...]
    default_subscribe_auth_modes: tuple[AuthModeItem, ...]
    log_config: LogConfig | UnsetType = UNSET


class ApiRecord(Record, frozen=True, kw_only=True):
    """An API. `namespace_version` is the highest that any of its namespaces, deleted ones too, ever had."""

    kind = Kind.API

    api_id: str
    dns_id: str
    name: str
    event_config: EventConfig
    owner_contact: str | UnsetType = UNSET
    tags: dict[str, str] = {}
    namespace_version: int = 0

    @property
    def key(self) -> str:
        """The API's id."""
        return self.api_id


class NamespaceRecord(Record, frozen=True, kw_only=True):
    """A channel namespace; `code_hash` is the SHA-256 of the code, `version` grows with each change."""

    kind = Kind.CHANNEL_NAMESPACE

    api_id: str
    name: str
    version: int
    last_modified: float
    publish_auth_modes: tuple[AuthModeItem, ...] | UnsetType = UNSET
    subscribe_auth_modes: tuple[AuthModeItem, ...] | UnsetType = UNSET
    code_handlers: str | UnsetType = UNSET
    code_hash: str | UnsetType = UNSET
    handler_configs: HandlerConfigs | UnsetType = UNSET
    tags: dict[str, str] = {}

    @property
    def key(self) -> str:
        """API and name."""
        return f"{self.api_id}/{self.name}"


class ApiKeyRecord(Record, frozen=True, kw_only=True):
    """An API key; `id` is the secret itself. `expires` and `deletes` are whole hours."""

    kind = Kind.API_KEY

    api_id: str
    id: str
    expires: int
    deletes: int
    description: str | UnsetType = UNSET

    @property
    def key(self) -> str:
        """API and a digest of the key."""
        return f"{self.api_id}/{secret_digest(self.id)}"


class DataSourceRecord(Record, frozen=True, kw_only=True):
    """A data source."""

    kind = Kind.DATA_SOURCE

    api_id: str
    name: str
    settings: DataSourceSettings

    @property
    def key(self) -> str:
        """API and name."""
        return f"{self.api_id}/{self.name}"


class DomainNameRecord(Record, frozen=True, kw_only=True):
    """A custom domain name; `dns_id` is the first label of the name that its DNS entry should point to."""

    kind = Kind.DOMAIN_NAME

    domain_name: str
    dns_id: str
    certificate_arn: str
    description: str | UnsetType = UNSET
    tags: dict[str, str] = {}

    @property
    def key(self) -> str:
        """The name, which has no case."""
        return self.domain_name.lower()


class ApiAssociationRecord(Record, frozen=True, kw_only=True):
    """Which API a custom domain name leads to."""

    kind = Kind.API_ASSOCIATION

    domain_name: str
    api_id: str

    @property
    def key(self) -> str:
        """The domain name."""
        return self.domain_name.lower()


class CertificateRecord(Record, frozen=True, kw_only=True):
    """A certificate with its key; times are seconds since 1970."""

    kind = Kind.CERTIFICATE

    certificate_id: str
    names: tuple[str, ...]
    not_before: float
    not_after: float
    fingerprint: str
    chain_pem: str
    key_pem: str

    @property
    def key(self) -> str:
        """The certificate's id."""
        return self.certificate_id


class StackRecord(Record, frozen=True, kw_only=True):
    """What a deployed template left behind; EventRay does not look into `body`."""

    kind = Kind.STACK

    name: str
    version: int
    last_modified: float
    body: str

    @property
    def key(self) -> str:
        """The stack's name."""
        return self.name


class IamUserRecord(Record, frozen=True, kw_only=True):
    """Somebody who may sign management calls."""

    kind = Kind.IAM_USER

    user_name: str
    administrator: bool = False

    @property
    def key(self) -> str:
        """The user's name."""
        return self.user_name


class AccessKeyRecord(Record, frozen=True, kw_only=True):
    """A user's key pair; a temporary one has a session token and `expires`, in seconds since 1970."""

    kind = Kind.ACCESS_KEY

    user_name: str
    access_key_id: str
    secret_access_key: str
    active: bool = True
    session_token: str = ""
    expires: int | None = None

    @property
    def key(self) -> str:
        """User and the public half."""
        return f"{self.user_name}/{self.access_key_id}"


class UserPolicyRecord(Record, frozen=True, kw_only=True):
    """A policy document of a user, as JSON text."""

    kind = Kind.USER_POLICY

    user_name: str
    policy_name: str
    document: str

    @property
    def key(self) -> str:
        """User and name."""
        return f"{self.user_name}/{self.policy_name}"


RECORDS: tuple[type[Record], ...] = (
    ApiRecord, NamespaceRecord, ApiKeyRecord, DataSourceRecord, DomainNameRecord, ApiAssociationRecord,
    CertificateRecord, StackRecord, IamUserRecord, AccessKeyRecord, UserPolicyRecord,
)  # fmt: skip

_TYPES: dict[Kind, Any] = {record.kind: record for record in RECORDS}


def decode(put: Put) -> Record:
    """The record of a `Put`; raises `msgspec.DecodeError` on a body that is none of its kind."""
    record: Record = msgspec.json.decode(put.body, type=_TYPES[put.kind])
    return record
