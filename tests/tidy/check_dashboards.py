"""Grafana's boards are what their source makes, in a shape that Grafana shows as it is meant, and their pictures show every panel.

What the panels show is not for here: tests/e2e/test_dashboards.py asks a real Prometheus.
"""

import html
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tree import Finding, Tree

FOLDER, GENERATE, PICTURES = "dashboards/", "dashboards/generate", "dashboards/pictures/"
COLUMNS = 24
VERSIONS = range(39, 43)
_REFERENCE = re.compile(r"\$\{(\w+)(?::\w+)?\}|\$([A-Za-z_]\w*)")
_OF_GRAFANA = {"__interval", "__rate_interval", "__range"}


def troubles(board: dict):
    """What is wrong with the shape of a board, in words."""
    panels = board["panels"] + [inner for panel in board["panels"] for inner in panel.get("panels", ())]
    yield from (f"has two panels with id {id}" for id, n in Counter(panel["id"] for panel in panels).items() if n > 1)
    if board["schemaVersion"] not in VERSIONS:
        yield f"has schemaVersion {board['schemaVersion']}"
    if "__inputs" in board:
        yield "has __inputs, which only the import dialogue understands"
    yield from _variables(board)
    yield from _places(board["panels"])
    for panel in panels:
        if panel["type"] != "row":
            yield from _panel(panel)


def _variables(board):
    variables = {variable["name"]: variable for variable in board["templating"]["list"]}
    if [name for name, variable in variables.items() if variable["type"] == "datasource"] != ["datasource"]:
        yield "has not exactly one variable of a data source, called `datasource`"
    for name in ("job", "instance"):
        variable = variables.get(name, {})
        if not (variable.get("type") == "query" and variable.get("multi") and variable.get("includeAll")):
            yield f"has no variable `{name}` with several values and All"
    used = {one or other for one, other in _REFERENCE.findall(json.dumps({**board, "templating": None}))} - _OF_GRAFANA
    yield from (f"uses ${name}, which is no variable of it" for name in sorted(used - variables.keys()))


def _places(panels):
    taken = {}
    for panel in panels:
        at = panel["gridPos"]
        if at["x"] < 0 or at["x"] + at["w"] > COLUMNS:
            yield f"has a panel beyond its {COLUMNS} columns: {panel['title']}"
        for place in ((x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])):
            if place in taken:
                yield f"has two panels in one place: {taken[place]} and {panel['title']}"
                return
            taken[place] = panel["title"]


def _panel(panel):
    title = panel.get("title") or f"number {panel['id']}"
    yield from (f"has a panel without {what}: {title}" for what, is_there in (
        ("a title", panel.get("title")), ("a description", panel.get("description")), ("a unit", panel["fieldConfig"]["defaults"].get("unit")),
        ("queries", panel.get("targets"))) if not is_there)
    for target in panel.get("targets", ()):
        if {panel["datasource"]["uid"], target["datasource"]["uid"]} != {"${datasource}"}:
            yield f"has a panel with a data source of its own: {title}"
        if re.search(r"\brate\([^[]*\[(?!\$__rate_interval|\$__range)", target["expr"]):
            yield f"has a rate of something else than $__rate_interval or $__range: {title}"


def _generated(root: Path):
    """{path: text} that the source makes now."""
    with tempfile.TemporaryDirectory(prefix="gladhand-boards-") as folder:
        made = subprocess.run([sys.executable, "-B", root / GENERATE, folder], capture_output=True, text=True)
        if made.returncode:
            return {GENERATE: made.stderr}
        return {FOLDER + path.name: path.read_text(encoding="utf-8") for path in Path(folder).iterdir()}


def check(tree: Tree):
    files = {file.path: file for file in tree.files}
    boards = {path: file.text for path, file in files.items() if re.fullmatch(r"dashboards/\w+\.json", path)}
    if GENERATE not in files:
        return len(boards), []
    findings = []
    made = _generated(tree.root)
    if GENERATE in made:
        return len(boards), [Finding(GENERATE, 1, "fails", made[GENERATE].strip().rpartition("\n")[2])]
    for path in sorted(made.keys() | boards.keys()):
        if made.get(path) != boards.get(path):
            findings.append(Finding(path, 1, "is not what its source in dashboards/boards/ makes", f"Change that, and run {GENERATE}."))
    uids = Counter()
    for path, text in boards.items():
        board = json.loads(text)
        uids[board["uid"]] += 1
        found = [*troubles(board), *([f"shares its uid with another: {board['uid']}"] if uids[board["uid"]] > 1 else [])]
        findings += [Finding(path, 1, what, "Its source is in dashboards/boards/.") for what in found]
        findings += _unpictured(path, board, files.get(PICTURES + Path(path).stem + ".svg"))
    return len(boards), findings


def _unpictured(path, board, picture):
    if picture is None:
        return [Finding(path, 1, "has no picture", "dashboards/draw draws it.")]
    shown = {html.unescape(text) for text in re.findall(r'class="title">([^<]*)<', picture.text)}
    texts = {variable["name"]: variable["current"].get("text", "") for variable in board["templating"]["list"]}
    titles = {re.sub(r"\$\{(\w+):text\}", lambda found: texts[found[1]], panel["title"]) for panel in board["panels"] if panel["type"] != "row" and panel["title"]}
    cut = tuple(text.removesuffix("…") for text in shown if text.endswith("…"))
    return [Finding(picture.path, 1, f"lacks the panel {title}", "dashboards/draw draws it anew.")
            for title in sorted(titles - shown) if not (cut and title.startswith(cut))]
