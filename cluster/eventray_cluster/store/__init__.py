"""What outlives every process: the configuration and the cluster's last state, in SQLite or PostgreSQL.

Read `repository.py` first: it keeps the promises of `eventray_core.ports.DirectoryStore`. Below it,
`opening_steps.py` is what happens when the data are opened, `ownership.py` why there is one owner,
`rows.py` the SQL, `records.py` and `cipher.py` how secrets are kept, `migrations/` how databases of
earlier versions get the tables, and `engine.py` the only place that knows which database it is.
"""
