"""Whether what Gladhand published of a connection is what was captured of it."""

import re
from dataclasses import dataclass

from support.process import PROJECT

NEAR_ENOUGH = 1_000       # microseconds, or
NEAR_ENOUGH_SHARE = 0.02  # of what is true, whichever is more
JIFFY = 10_000            # microseconds of the coarsest kernel, CONFIG_HZ=100

_ROW = re.compile(r'detail::(?:fact|marks)\s*\("(\w+)", Side::(\w+),')


def _source(*path):
    return PROJECT.joinpath("proxy", *path).read_text(encoding="utf-8")


CATALOGUE = {(side, phase) for phase, side in _ROW.findall(_source("timeline", "phases.h"))}


@dataclass(frozen=True)
class Row:
    """A phase and the two instants of the conversation (see there) that it must be the distance of.

    `also` names more such distances, which are added. A phase that is known when its exchange is over already is not
    `in_log`, but in the metrics alone. One that `may_be_withheld` may
    be in neither.

    Three kinds of row say less. `grain` is how coarse the kernel's own figure is. `is_part` is of time that the phase shares
    with others: it must be positive and no longer. A row of a phase that phases.h does not have says nothing.
    """
    side: str
    phase: str
    begin: str
    end: str
    grain: int = 0
    is_part: bool = False
    also: tuple = ()
    in_log: bool = True
    may_be_withheld: bool = False

    @property
    def is_published(self):
        return (self.side, self.phase) in CATALOGUE

    def complaint(self, seen):
        name = f"{self.side} {self.phase}"
        count = seen.after.count(self.phase, self.side) - seen.before.count(self.phase, self.side)
        if self.may_be_withheld and count == 0 and self.phase not in seen.line.get(self.side, {}):
            return None
        metered = (seen.after.seconds(self.phase, self.side) - seen.before.seconds(self.phase, self.side)) * 1e6
        published = seen.line.get(self.side, {}).get(self.phase) if self.in_log else round(metered)
        if published is None or count != 1:
            return f"{name}: published {published} in the access log, {count:.0f} in the metrics"
        true = sum(getattr(seen.conversation, end) - getattr(seen.conversation, begin)
                   for begin, end in ((self.begin, self.end), *self.also)) / 1_000
        room = max(NEAR_ENOUGH, true * NEAR_ENOUGH_SHARE) + self.grain
        print(f"{name:30} {published:9} µs published, {true:9.0f} µs captured")
        is_true = 0 < published <= true + room if self.is_part else abs(published - true) <= room
        if not is_true:
            return f"{name}: {published} µs published, {true:.0f} µs captured from {self.begin} to {self.end}"
        if abs(metered - published) > 1:
            return f"{name}: {published} µs in the access log, {metered:.0f} µs in the metrics"
        return None


def complaints(rows, seen):
    """Everything that is wrong, which includes what is published of these sides and stands in no row."""
    rows = [row for row in rows if row.is_published]
    found = [complaint for row in rows if (complaint := row.complaint(seen))]
    compared = {(row.side, row.phase) for row in rows}
    published = {(side, phase) for side, phase in CATALOGUE if phase in seen.line.get(side, {})}
    sides = {row.side for row in rows}
    found += [f"{side} {phase}: published, and compared with nothing" for side, phase in sorted(published - compared) if side in sides]
    return found
