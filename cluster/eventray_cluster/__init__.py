"""The composition root: settings, the store, and everything that knows Ray.

Read `settings.py` for what can be set, `bootstrap.py` for how a server comes up and goes down,
`spawn.py` for how plain classes become Ray actors, and `store/` for what outlives them all.
"""
