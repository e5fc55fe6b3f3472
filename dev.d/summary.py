"""summary.py JUNIT: what ctest ran, how what failed ended, and what was skipped for want of what."""
import collections
import re
import sys
import xml.etree.ElementTree as ElementTree

LAST_LINES = 40  # of a test's output, where it says why it failed

cases = ElementTree.parse(sys.argv[1]).getroot().findall("testcase")
states = collections.Counter(case.get("status") for case in cases)
reasons = collections.Counter()
for case in cases:
    if case.get("status") == "notrun":
        found = re.search(r"^missing: .*$", case.findtext("system-out") or "", re.MULTILINE)
        reasons[found[0] if found else "no reason given: " + case.get("name")] += 1

for case in cases:
    if case.get("status") == "fail":
        print(f"FAILED {case.get('name')}:")
        for line in (case.findtext("system-out") or "no output").splitlines()[-LAST_LINES:]:
            print(f"  {line}")
for reason, count in reasons.most_common():
    print(f"skipped {count}: {reason}")
print(f"{states['run']} passed, {states['fail']} failed, {states['notrun']} skipped")
