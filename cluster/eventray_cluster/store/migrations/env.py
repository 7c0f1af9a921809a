"""Alembic runs this file for each command; the connection comes from `eventray_cluster.store.migrate`."""

from alembic import context

from eventray_cluster.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite changes a column by making the table anew
)
context.run_migrations()
