#!/usr/bin/python3
"""Reads JUnit files, of ctest, GoogleTest or pytest. Prints "<passed> <failed> <skipped>", then what was not, and why."""

import sys
import xml.etree.ElementTree as ElementTree

SHOWN_FAILURES = 10
SHOWN_LINES = 40


def main(paths: list[str]) -> int:
    passed, failed, skipped = 0, [], []
    for case in (case for path in paths for case in ElementTree.parse(path).getroot().iter("testcase")):
        bad = case.find("failure") if case.find("failure") is not None else case.find("error")
        if bad is not None:
            failed.append((case, bad))
        elif case.find("skipped") is not None:
            skipped.append(case)
        else:
            passed += 1
    print(passed, len(failed), len(skipped))

    for case in skipped:
        print(f"SKIPPED  {_name(case)}: {case.find('skipped').get('message') or 'no reason given'}")
    for case, bad in failed[:SHOWN_FAILURES]:
        print(f"FAILED  {_name(case)}")
        output = (bad.text or case.findtext("system-out") or bad.get("message") or "").strip().splitlines()
        if len(output) > SHOWN_LINES:
            print(f"    ... {len(output) - SHOWN_LINES} lines before these are in the log")
        for line in output[-SHOWN_LINES:]:
            print(f"    {line}")
    if len(failed) > SHOWN_FAILURES:
        print(f"... and {len(failed) - SHOWN_FAILURES} more; see the log")
    return 0


def _name(case):
    """ctest repeats the name as class name; pytest gives the file."""
    where, name = case.get("classname") or "", case.get("name") or ""
    return name if where in ("", name) else f"{where}: {name}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
