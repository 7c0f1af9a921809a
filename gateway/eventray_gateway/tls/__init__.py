"""Which certificate a client is shown. Read `chooser.py` first.

Certificates for local names are signed here, by the issuer that the directory sends; others come whole.
"""
