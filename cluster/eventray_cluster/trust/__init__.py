"""`eventray trust`: tells this machine to trust the local certificate authority.

Read `steps.py` first: what is to be done in each place, as plain values; `command.py` does it, or says it.
"""
