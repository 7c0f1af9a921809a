"""The control plane as a rule: management calls in, answers and changes of records out.

Read `state.py` first (what a call goes through), then `operations.py` (which calls there are), then the
module of the resource in question.
"""
