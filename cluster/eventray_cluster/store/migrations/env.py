"""Alembic runs this file for each command; the connection comes from `eventray_cluster.store.migrate`."""

from alembic import context

from eventray_cluster.store.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite changes a column by making the table anew
)
context.run_migrations()
