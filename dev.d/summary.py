"""summary.py JUNIT: what ctest ran, and what it skipped for want of what."""
import collections
import re
import sys
import xml.etree.ElementTree as ElementTree

cases = ElementTree.parse(sys.argv[1]).getroot().findall("testcase")
states = collections.Counter(case.get("status") for case in cases)
reasons = collections.Counter()
for case in cases:
    if case.get("status") == "notrun":
        found = re.search(r"^missing: .*$", case.findtext("system-out") or "", re.MULTILINE)
        reasons[found[0] if found else "no reason given: " + case.get("name")] += 1

for reason, count in reasons.most_common():
    print(f"skipped {count}: {reason}")
print(f"{states['run']} passed, {states['fail']} failed, {states['notrun']} skipped")
