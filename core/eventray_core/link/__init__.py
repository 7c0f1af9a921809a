"""How members talk: `envelopes.py` what they say, `session.py` so that it arrives once and in order,
`handshake.py` who they are.
"""
