"""What outlives every process: APIs, keys and the cluster's last state, in SQLite.

Read `repository.py` first: it keeps the promises of `eventray_core.ports.DirectoryStore`. `tables.py`
are the models, `migrations/` how databases of earlier versions get them, `engine.py` the only place
that knows which database it is.
"""
