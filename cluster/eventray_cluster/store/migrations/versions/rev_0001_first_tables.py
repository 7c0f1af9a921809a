"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the step."""
    op.create_table(
        "apis",
        sa.Column("api_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("dns_id", sa.String(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("api_id", name="pk_apis"),
        sa.UniqueConstraint("dns_id", name="uq_apis_dns_id"),
    )
    op.create_table(
        "cluster_state",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_cluster_state"),
    )
    op.create_table(
        "counters",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_counters"),
    )
    op.create_table(
        "users",
        sa.Column("user_name", sa.String(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_name", name="pk_users"),
    )
    op.create_table(
        "access_keys",
        sa.Column("access_key_id", sa.String(), nullable=False),
        sa.Column("user_name", sa.String(), nullable=False),
        sa.Column("secret_access_key", sa.String(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_name"], ["users.user_name"], name="fk_access_keys_user_name_users", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("access_key_id", name="pk_access_keys"),
    )
    op.create_index("ix_access_keys_user_name", "access_keys", ["user_name"], unique=False)
    op.create_table(
        "api_auth_modes",
        sa.Column("api_id", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("auth_type", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["api_id"], ["apis.api_id"], name="fk_api_auth_modes_api_id_apis", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("api_id", "purpose", "position", name="pk_api_auth_modes"),
    )
    op.create_table(
        "api_domains",
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("api_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["api_id"], ["apis.api_id"], name="fk_api_domains_api_id_apis", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("domain", name="pk_api_domains"),
    )
    op.create_index("ix_api_domains_api_id", "api_domains", ["api_id"], unique=False)
    op.create_table(
        "api_keys",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("api_id", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["api_id"], ["apis.api_id"], name="fk_api_keys_api_id_apis", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", name="pk_api_keys"),
    )
    op.create_index("ix_api_keys_api_id", "api_keys", ["api_id"], unique=False)
    op.create_table(
        "channel_namespaces",
        sa.Column("api_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("last_modified", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["api_id"], ["apis.api_id"], name="fk_channel_namespaces_api_id_apis", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("api_id", "name", name="pk_channel_namespaces"),
    )
    op.create_table(
        "channel_namespace_auth_modes",
        sa.Column("api_id", sa.String(), nullable=False),
        sa.Column("namespace", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("auth_type", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["api_id", "namespace"],
            ["channel_namespaces.api_id", "channel_namespaces.name"],
            name="fk_channel_namespace_auth_modes_api_id_channel_namespaces",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "api_id", "namespace", "purpose", "position", name="pk_channel_namespace_auth_modes"
        ),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("channel_namespace_auth_modes")
    op.drop_table("channel_namespaces")
    op.drop_index("ix_api_keys_api_id", table_name="api_keys")
    op.drop_table("api_keys")
    op.drop_index("ix_api_domains_api_id", table_name="api_domains")
    op.drop_table("api_domains")
    op.drop_table("api_auth_modes")
    op.drop_index("ix_access_keys_user_name", table_name="access_keys")
    op.drop_table("access_keys")
    op.drop_table("users")
    op.drop_table("counters")
    op.drop_table("cluster_state")
    op.drop_table("apis")
