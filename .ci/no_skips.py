"""Fail unless every test of the JUnit XML files ran and passed: none skipped, none expected to fail."""

import sys
import xml.etree.ElementTree as ElementTree

total = 0
bad = []
for path in sys.argv[1:]:
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        total += 1
        outcomes = {child.tag for child in case} & {"skipped", "failure", "error"}
        bad += [f"{outcome}: {case.get('classname')}::{case.get('name')}" for outcome in outcomes]
if bad:
    sys.exit("\n".join(bad))
if not total:
    sys.exit("no tests ran")
print(f"{total} passed, 0 failed, 0 skipped")
