"""The tables. A change here needs a migration; a test compares the two.

Times are whole seconds since 1970.
"""

from typing import Any, ClassVar

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, LargeBinary, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
CASCADE = "all, delete-orphan"


class Base(DeclarativeBase):
    """The base of all models; constraints have names, so that migrations can change them."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {int: BigInteger}


class ApiAuthModeRow(Base):
    """One authorization mode of an API; `purpose` is `connection`, `publish` or `subscribe`."""

    __tablename__ = "api_auth_modes"

    api_id: Mapped[str] = mapped_column(ForeignKey("apis.api_id", ondelete="CASCADE"), primary_key=True)
    purpose: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    auth_type: Mapped[str]


class ApiDomainRow(Base):
    """A custom domain that leads to an API."""

    __tablename__ = "api_domains"

    domain: Mapped[str] = mapped_column(primary_key=True)
    api_id: Mapped[str] = mapped_column(ForeignKey("apis.api_id", ondelete="CASCADE"), index=True)


class ApiKeyRow(Base):
    """An API key; the key is its own id, as in AWS."""

    __tablename__ = "api_keys"

    key: Mapped[str] = mapped_column(primary_key=True)
    api_id: Mapped[str] = mapped_column(ForeignKey("apis.api_id", ondelete="CASCADE"), index=True)
    description: Mapped[str]
    expires: Mapped[int]


class NamespaceAuthModeRow(Base):
    """One authorization mode of a namespace; a namespace without rows of a purpose has the API's."""

    __tablename__ = "channel_namespace_auth_modes"
    __table_args__ = (
        ForeignKeyConstraint(
            ["api_id", "namespace"],
            ["channel_namespaces.api_id", "channel_namespaces.name"],
            ondelete="CASCADE",
        ),
    )

    api_id: Mapped[str] = mapped_column(primary_key=True)
    namespace: Mapped[str] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    auth_type: Mapped[str]


class NamespaceRow(Base):
    """A channel namespace; `version` grows with each change of it."""

    __tablename__ = "channel_namespaces"

    api_id: Mapped[str] = mapped_column(ForeignKey("apis.api_id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int]
    created: Mapped[int]
    last_modified: Mapped[int]
    auth_modes: Mapped[list[NamespaceAuthModeRow]] = relationship(
        order_by=NamespaceAuthModeRow.position, cascade=CASCADE, lazy="selectin"
    )


class ApiRow(Base):
    """An event API."""

    __tablename__ = "apis"

    api_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    dns_id: Mapped[str] = mapped_column(unique=True)
    created: Mapped[int]
    auth_modes: Mapped[list[ApiAuthModeRow]] = relationship(
        order_by=ApiAuthModeRow.position, cascade=CASCADE, lazy="selectin"
    )
    domains: Mapped[list[ApiDomainRow]] = relationship(cascade=CASCADE, lazy="selectin")
    keys: Mapped[list[ApiKeyRow]] = relationship(cascade=CASCADE, lazy="selectin")
    namespaces: Mapped[list[NamespaceRow]] = relationship(cascade=CASCADE, lazy="selectin")


class AccessKeyRow(Base):
    """An access key pair.

    SigV4 is checked with the secret itself, so it is stored as it is: the file's mode protects it.
    """

    __tablename__ = "access_keys"

    access_key_id: Mapped[str] = mapped_column(primary_key=True)
    user_name: Mapped[str] = mapped_column(ForeignKey("users.user_name", ondelete="CASCADE"), index=True)
    secret_access_key: Mapped[str]
    created: Mapped[int]


class UserRow(Base):
    """Someone who manages the service."""

    __tablename__ = "users"

    user_name: Mapped[str] = mapped_column(primary_key=True)
    created: Mapped[int]
    access_keys: Mapped[list[AccessKeyRow]] = relationship(cascade=CASCADE, lazy="selectin")


class CounterRow(Base):
    """A number that only grows."""

    __tablename__ = "counters"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]


class ClusterStateRow(Base):
    """Bytes that the directory keeps for its successor."""

    __tablename__ = "cluster_state"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[bytes] = mapped_column(LargeBinary)
