"""A cluster in simulated time: the state machines and sessions are the real ones, all else is played.

Read `world.py` (time and processes), `network.py` (connections that break), `links.py` (handshakes and
sessions on them), then the members: `directory.py`, `shard.py`, `gateway.py`. `promises.py` notes what
clients saw and compares it with what they were promised. `cluster_simulation.py`, one level up, puts it
together.
"""
