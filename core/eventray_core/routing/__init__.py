"""A gateway's rules for talking to shards: `lanes.py` publications, `interests.py` subscriptions,
`state.py` both under one view of the cluster.
"""
