"""The table of phases in dashboards/README.md says what proxy/timeline/phases.h says."""

import re

from tree import Finding, Tree

SOURCE = "proxy/timeline/phases.h"
PAGE = "dashboards/README.md"
ROW = re.compile(r'detail::(?:fact|marks)\s*\("(?P<name>\w+)", Side::(?P<side>\w+),.*"(?P<help>[^"]+)"(?:, Purpose::\w+)?\)')
BEGIN, END = "<!-- phases: begin", "<!-- phases: end -->"


def check(tree: Tree):
    files = {file.path: file for file in tree.files}
    if SOURCE not in files or PAGE not in files:
        return 0, []
    wanted = ["| side | phase | what it is |", "|---|---|---|"]
    wanted += [f"| {m['side']} | `{m['name']}` | {m['help']} |" for m in ROW.finditer(files[SOURCE].text)]
    lines = files[PAGE].text.splitlines()
    begin = next((i for i, line in enumerate(lines) if line.startswith(BEGIN)), None)
    end = next((i for i, line in enumerate(lines) if line == END), None)
    if begin is None or end is None:
        return 1, [Finding(PAGE, 1, "has lost the marks around its table of phases", f"Put back {BEGIN} … --> and {END}.")]
    found = lines[begin + 1:end]
    if found == wanted:
        return 1, []
    different = next((i for i, pair in enumerate(zip(found, wanted)) if pair[0] != pair[1]), min(len(found), len(wanted)))
    return 1, [Finding(PAGE, begin + 2 + different, f"differs from the rows of {SOURCE}",
                       "Replace the table by:\n" + "\n".join(wanted))]
