"""Links over TCP: the bytes below `Session`.

`connection.py` moves a session's frames over one connection; `listener.py` accepts connections,
`dialler.py` makes them, again and again. Both begin with the handshake of `eventray_core.link.handshake`.
"""
