"""Event handlers: users' JavaScript between a publisher and the subscribers, fast and contained.

Read `engine.py` (one JavaScript context and its limits), `programs.py` (a handler's code made ready, and
run), `worker.py` (the process that holds contexts) and `pool.py` (who starts, feeds and kills such
processes). The folder `js` holds what handlers find around them: `util`, the modules they import,
`console`.
"""
