"""Conversations on the wire, as data, and the rigs that play them.

Begin with `steps.py`: what a conversation is made of and what every rig must do with it. `conversations.py`
gathers them all, from one module a subject. `test_on_core.py` plays them on the bare core in milliseconds,
`test_on_gateways.py` over sockets.
"""
