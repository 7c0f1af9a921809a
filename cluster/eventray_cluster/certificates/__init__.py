"""The local certificate authority, and certificates that were given: what gateways show over TLS.

Read `authority.py` first (what is signed, as pure functions), then `folder.py` (where it is kept) and
`source.py` (what the directory asks).
"""
