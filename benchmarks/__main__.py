"""Runs the benchmarks by name, or all of them."""

import sys

from benchmarks import start

BENCHMARKS = {"start": start.main}

for name in sys.argv[1:] or BENCHMARKS:
    if name not in BENCHMARKS:
        sys.exit(f"There is no benchmark {name}; there are: {', '.join(BENCHMARKS)}")
    BENCHMARKS[name]()
