"""The WebSocket protocol of AppSync Events, without sockets.

Begin with `connection.py`: one connection's state machine. `frames.py` is what the two sides say,
`codec.py` how that is written, `effects.py` what a connection asks of its shell.
"""
