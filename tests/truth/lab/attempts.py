"""A test that fails while the machine is away is tried again; one that fails while it is there has failed.

An untrue figure is untrue at each attempt. Whatever Gladhand's end is judged by, in the teardown, is never excused. Where the
machine was away in every attempt, nothing can be said of the figure: the test is skipped, and says so.
"""

import pytest
from _pytest.runner import runtestprotocol

MOST = 8


class Attempts:
    def __init__(self, witness):
        self._witness = witness
        self._told = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item, nextitem):
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        excused = []
        for attempt in range(1, MOST + 1):
            self._witness.disturbance()
            reports = runtestprotocol(item, log=False, nextitem=nextitem)
            disturbance = self._witness.disturbance()
            failed = [report for report in reports if report.failed]
            if [report.when for report in failed] != ["call"] or not disturbance:
                break
            excused.append(f"{disturbance}: {_message(failed[0])}")
        else:
            path, line, _ = item.location
            failed[0].outcome, failed[0].longrepr = "skipped", (path, line, f"Skipped: not to be judged here: {excused[-1]}")
        if excused:
            self._told += [f"{item.nodeid}: {attempt} attempts", *(f"    {reason}" for reason in excused)]
            reports[-1].user_properties += [("excused", reason) for reason in excused]  # the last report's are in the JUnit file
        for report in reports:
            item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def pytest_terminal_summary(self, terminalreporter):
        if self._told:
            terminalreporter.section("tried again")
            terminalreporter.write_line("\n".join(self._told))


def _message(report):
    """The first line of what went wrong."""
    crash = getattr(report.longrepr, "reprcrash", None)
    return (crash.message if crash else str(report.longrepr)).partition("\n")[0]
