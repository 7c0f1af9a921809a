"""A channel shard's rules, without waiting for anything.

`state.py` takes what the directory, gateways and other shards say; `slot.py` is one slot's life,
`publishing.py` a publication's, `subscribing.py` an interest's, `handover.py` what passes from owner to
owner; `index.py` knows which gateways want what, `peers.py` what each was sent.
"""
