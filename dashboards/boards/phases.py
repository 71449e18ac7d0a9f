"""The phases, by side, as proxy/timeline/phases.h has them: what a board says of one is what its row says."""

import re
from dataclasses import dataclass
from pathlib import Path

_SOURCE = Path(__file__).resolve().parents[2] / "proxy" / "timeline" / "phases.h"
_ROW = re.compile(r'detail::(?:fact|marks)\s*\("(?P<name>\w+)", Side::(?P<side>\w+),.*"(?P<help>[^"]+)"(?:, Purpose::\w+)?\)')


@dataclass(frozen=True)
class Phase:
    side: str
    name: str
    help: str


PHASES = [Phase(row["side"], row["name"], row["help"]) for row in _ROW.finditer(_SOURCE.read_text(encoding="utf-8"))]


def explained(side: str, *names: str) -> str:
    """What these phases are, one to a line."""
    of = {phase.name: phase.help for phase in PHASES if phase.side == side}
    return "\n".join(f"- `{name}`: {of[name]}" for name in names)


def assert_complete(shown: dict[str, list[str]]) -> None:
    """Whether a board that shows these, by side, shows every phase."""
    missing = [f"{phase.side} {phase.name}" for phase in PHASES if phase.name not in shown.get(phase.side, ())]
    assert not missing, f"no panel shows {', '.join(missing)}, which proxy/timeline/phases.h has"
