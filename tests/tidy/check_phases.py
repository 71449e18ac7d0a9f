"""The tables of phases, names in README.md and meanings in dashboards/README.md, say what proxy/timeline/phases.h says."""

import re

from tree import Finding, Tree

SOURCE = "proxy/timeline/phases.h"
NAMES, MEANINGS = "README.md", "dashboards/README.md"
ROW = re.compile(r'detail::(?:fact|marks)\s*\("(?P<name>\w+)", Side::(?P<side>\w+),.*"(?P<help>[^"]+)"(?:, Purpose::\w+)?\)')
BEGIN, END = "<!-- phases: begin", "<!-- phases: end -->"


def names(phases):
    sides = dict.fromkeys(phase["side"] for phase in phases)
    each = {side: " ".join(f"`{phase['name']}`" for phase in phases if phase["side"] == side) for side in sides}
    return ["| side | phases |", "|---|---|", *(f"| {side} | {each[side]} |" for side in sides)]


def meanings(phases):
    return ["| side | phase | what it is |", "|---|---|---|",
            *(f"| {phase['side']} | `{phase['name']}` | {phase['help']} |" for phase in phases)]


def compare(page: str, text: str, wanted: list[str]):
    lines = text.splitlines()
    begin = next((i for i, line in enumerate(lines) if line.startswith(BEGIN)), None)
    end = next((i for i, line in enumerate(lines) if line == END), None)
    if begin is None or end is None:
        return [Finding(page, 1, "has lost the marks around its table of phases", f"Put back {BEGIN} … --> and {END}.")]
    found = lines[begin + 1:end]
    if found == wanted:
        return []
    different = next((i for i, pair in enumerate(zip(found, wanted)) if pair[0] != pair[1]), min(len(found), len(wanted)))
    return [Finding(page, begin + 2 + different, f"differs from the rows of {SOURCE}", "Replace the table by:\n" + "\n".join(wanted))]


def check(tree: Tree):
    files = {file.path: file for file in tree.files}
    if SOURCE not in files:
        return 0, []
    phases = list(ROW.finditer(files[SOURCE].text))
    pages = [(page, wanted(phases)) for page, wanted in ((NAMES, names), (MEANINGS, meanings)) if page in files]
    return len(pages), [finding for page, wanted in pages for finding in compare(page, files[page].text, wanted)]
