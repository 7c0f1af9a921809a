"""The command: `make bench`, `make bench-quick`, or with options `make bench ARGS="--only fan-out"`."""

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path

from benchmarks import agreement, plots, tables
from benchmarks.scenarios import FULL, QUICK
from benchmarks.series import PARTS, run

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Measure, print, and keep what was measured."""
    options = _options()
    effort = QUICK if options.quick else FULL
    if options.quiet is not None:
        effort = replace(effort, quiet_s=options.quiet)
    if options.agreement:
        agreement.compare(options.agreement, effort)
        return
    began = time.monotonic()
    results = run(
        effort, tuple(options.only or PARTS), lambda text: print(f"{time.monotonic() - began:5.0f} s  {text}")
    )
    tables.print_all(results)
    if options.only and options.out is None:
        return  # a part is no result to keep, unless somebody says where
    folder = options.out or RESULTS
    stem = "quick" if options.quick else "full"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{stem}.json").write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    files = plots.draw_all(results, folder, stem)
    print(f"Kept in {folder}: {stem}.json, {', '.join(path.name for path in files)}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="EventRay's benchmarks.")
    parser.add_argument("--quick", action="store_true", help="about two minutes instead of ten")
    parser.add_argument("--only", nargs="+", choices=PARTS, metavar="PART", help=", ".join(PARTS))
    parser.add_argument(
        "--quiet",
        type=float,
        metavar="SECONDS",
        help="how long to wait for others on this machine, before each measurement",
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="where to keep the results")
    parser.add_argument(
        "--agreement", type=Path, metavar="PROGRAM", help="compare the generator with another: wsload"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
