"""The management API over HTTP: who calls, whether they may, and what the directory answers.

Read `endpoint.py` first. The operations themselves are rules in `eventray_core.control`.
"""
