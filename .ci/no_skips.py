"""Fail if a test was skipped or expected to fail, or if a run had no tests. Takes JUnit XML files."""

import sys
import xml.etree.ElementTree as ElementTree

total = 0
skipped = []
for path in sys.argv[1:]:
    cases = list(ElementTree.parse(path).getroot().iter("testcase"))
    if not cases:
        sys.exit(f"{path}: no tests")
    total += len(cases)
    skipped += [f"{c.get('classname')}::{c.get('name')}" for c in cases if c.find("skipped") is not None]
if skipped:
    sys.exit("skipped:\n" + "\n".join(skipped))
print(f"{total} passed, 0 failed, 0 skipped")
