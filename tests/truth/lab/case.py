"""A case is a function that plays it, and the rows that must be true of what was captured meanwhile."""

from dataclasses import dataclass
from typing import Callable

import pytest

from .judge import NEAR_ENOUGH, complaints


@dataclass(frozen=True)
class Case:
    play: Callable
    rows: list
    dropped: int = 0
    degraded: int = 0     # clients' round trips that are withheld, and counted
    closer: str = ""      # who closes first, if the case is about that
    in_syn: bool = False  # the ClientHello rides in the SYN
    refused: bool = False  # it came in the SYN, and was not taken
    fast_open: str = ""   # what became of it, as the access log tells of the side that the case is about


class Cases(dict):
    """By name. Used as a decorator: `@CASES(ROWS, [Row(...)], dropped=1)`, which says what is expected of the function below."""

    def __call__(self, *rows, **expected):
        def add(play):
            self[play.__name__] = Case(play, [row for group in rows for row in group], **expected)
            return play
        return add

    def compare(self, stage, name):
        case = self[name]
        case.play(stage)
        if wrong := _judged(case, stage):
            pytest.fail("\n".join(wrong))


def _judged(case, stage):
    """What is wrong with a case that was played."""
    dropped = stage.link.dropped()
    seen = stage.end()
    side = "upstream" if seen.conversation.is_ours else "client"
    assert dropped == case.dropped, f"{dropped} packets were lost, not {case.dropped}: the case was not played"

    def grown(name, side):
        return seen.after.total(name, side=side) - seen.before.total(name, side=side)
    counts = {"retransmits": (grown("gladhand_tcp_retransmits_total", side), seen.conversation.retransmits),
              "degraded": (grown("gladhand_handshake_samples_degraded_total", "client"), case.degraded)}
    wrong = [f"{name}: {counted:.0f} counted, not {true}" for name, (counted, true) in counts.items() if counted != true]
    assert not case.closer or case.closer == seen.conversation.closer, "the other end closed first: the case was not played"
    assert not case.in_syn or seen.conversation.client_hello == seen.conversation.syn, "the SYN was empty: the case was not played"
    assert case.refused == seen.conversation.is_refused, "what was in the SYN had another fate: the case was not played"
    return wrong + _wrong_of_fast_open(case, seen.line[side], seen.conversation) + complaints(case.rows, seen)


def _wrong_of_fast_open(case, told, conversation):
    if told.get("fast_open", "") != case.fast_open:
        return [f"fast_open: {told.get('fast_open')}, not {case.fast_open or 'none'}"]
    if "fast_open_saved" not in told:
        return []
    true = (conversation.syn_ack - conversation.syn) / 1_000
    return [] if abs(told["fast_open_saved"] - true) <= NEAR_ENOUGH else [f"fast_open_saved: {told['fast_open_saved']} µs, not {true:.0f}"]
