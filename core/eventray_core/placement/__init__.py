"""Who owns what: channels in slots, slots on shards, members with leases, epochs as barriers.

Read `slots.py`, then `view.py` (what members know), then `directory_state.py` (how it changes).
"""
