"""The plain actor classes as they start on a Ray node: with logging, and with the node's address.

They keep the names of the classes they are made of, which is what Ray's dashboard shows. Each has a
module of its own, so that a process imports no more than what it runs.
"""
