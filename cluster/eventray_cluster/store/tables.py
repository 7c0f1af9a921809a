"""The tables. A change here needs a migration; a test compares the two.

They hold no more than what finds and orders a record: what a record means is `eventray_core.control`'s.
"""

from sqlalchemy import BigInteger, Column, LargeBinary, MetaData, String, Table

METADATA = MetaData(naming_convention={"pk": "pk_%(table_name)s"})
"""Constraints have names, so that migrations can change them."""

RECORDS = Table(
    "records",
    METADATA,
    Column("kind", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("modified", BigInteger, nullable=False),
)
"""The configuration: one row for each record of `eventray_core.control.records`.

The bodies of `SECRET_KINDS` are sealed by `eventray_cluster.store.cipher`. `modified` is the time of the last
write, in seconds since 1970.
"""

COUNTERS = Table(
    "counters",
    METADATA,
    Column("name", String, primary_key=True),
    Column("value", BigInteger, nullable=False),
)
"""Numbers that only grow."""

KEPT = Table(
    "kept",
    METADATA,
    Column("name", String, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)
"""Bytes that the directory keeps for its successor."""
