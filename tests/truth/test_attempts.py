"""What is tried again, and what is not: tests of a test, on a machine that is as disturbed as it is told to be."""

import pytest

from lab.attempts import MOST, Attempts

pytest_plugins = ["pytester"]

FAILS_TWICE = """
    tries = []
    def test_it(tmp_path):
        tries.append(tmp_path)
        assert len(set(tries)) == 3, "not yet"
"""
FAILS = "def test_it(): assert False"
ENDS_BADLY = """
    import pytest
    @pytest.fixture
    def proxy():
        yield
        assert False, "it crashed"
    def test_it(proxy): assert False
"""
AWAY = "the machine was away"


class Machine:
    """A witness that says what it is told to say, and nothing more after that."""

    def __init__(self, *disturbances):
        self._left = [answer for disturbance in disturbances for answer in (None, disturbance)]
        self.attempts = 0

    def disturbance(self):
        self.attempts += len(self._left) % 2
        return self._left.pop(0)


@pytest.fixture
def run(pytester):
    """`run(test, disturbance...)`: how its attempts ended, in numbers, and all that is said of them."""
    def go(test, *disturbances, skips=0):
        pytester.makepyfile(test)
        machine = Machine(*disturbances, None, None)
        result = pytester.inline_run("--junitxml=junit.xml", "-p", "no:cacheprovider", plugins=[Attempts(machine)])
        passed, skipped, failed = result.countoutcomes()
        assert skipped == skips
        return passed, failed, machine.attempts, (pytester.path / "junit.xml").read_text()
    return go


def test_a_failure_on_a_machine_that_is_there_counts_at_once(run):
    assert run(FAILS, None)[:3] == (0, 1, 1)


def test_a_failure_on_a_machine_that_is_away_is_tried_again_with_fixtures_of_its_own(run):
    passed, failed, attempts, junit = run(FAILS_TWICE, AWAY, AWAY, None)
    assert (passed, failed, attempts) == (1, 0, 3)
    assert junit.count("<testcase") == 1 and junit.count(f"{AWAY}: AssertionError: not yet") == 2


def test_the_first_failure_on_a_machine_that_is_there_counts(run):
    assert run(FAILS_TWICE, AWAY, None)[:3] == (0, 1, 2)


def test_a_failure_counts_when_the_machine_comes_back(run):
    assert run(FAILS, *[AWAY] * (MOST - 1), None)[:3] == (0, 1, MOST)


def test_what_a_machine_that_never_comes_back_has_spoiled_is_not_judged(run):
    passed, failed, attempts, junit = run(FAILS, *[AWAY] * MOST, skips=1)
    assert (passed, failed, attempts) == (0, 0, MOST)
    assert f"not to be judged here: {AWAY}" in junit


def test_what_ends_badly_is_not_tried_again(run):
    assert run(ENDS_BADLY, AWAY)[1:3] == (2, 1)
