"""Alembic's scripts: `env.py` is run by `eventray_cluster.store.migrate`, `versions/` are the steps."""
