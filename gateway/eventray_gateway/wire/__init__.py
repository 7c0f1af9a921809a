"""The edge: bytes of clients' TCP connections to ASGI calls and whole WebSocket messages, within limits.

Nothing here knows AppSync's protocol, except for its subprotocol's name and the form of its error answers.
Read `edge.py` first (what the gateway gives and gets), then `http_protocol.py`, where every connection
begins, and `websocket_protocol.py`, where most of them live. `adapter.py` alone imports uvicorn, httptools
and websockets.
"""
