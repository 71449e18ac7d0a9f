"""What Grafana does with a board before it asks Prometheus: its variables, its intervals, its queries."""

import json
import math
import re

from .process import PROJECT

FOLDER = PROJECT / "dashboards"
BOARDS = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}
SCRAPE_INTERVAL = 2  # seconds, in the settings of the data source: here Prometheus scrapes more often, and may miss a scrape
EMPTY_UNLESS = "Empty unless "  # in the description of a panel that need not show anything

_LABEL_VALUES = re.compile(r"label_values\((?P<metric>.+), (?P<label>\w+)\)")
_VARIABLE = re.compile(r"\$\{(\w+)(?::\w+)?\}|\$([A-Za-z_]\w*)")
_SPECIAL = re.compile(r"[\\^$*+?.()|\[\]{}]")


def panels(board):
    """Those that show data, also those inside of rows that are folded."""
    for panel in board["panels"]:
        yield from panel.get("panels", ()) if panel["type"] == "row" else [panel]


def is_optional(panel):
    return EMPTY_UNLESS in panel["description"]


def _as_regex(values):
    """How a chosen value, or several, stand in a matcher of PromQL: escaped for the expression, and that for the string."""
    escaped = [_SPECIAL.sub(lambda found: "\\\\" + found[0], value) for value in values]
    return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"


class View:
    """A board as somebody looks at it who has chosen a range of time, and of each variable All, or `all_by_name` every value there is."""

    def __init__(self, board, prometheus, start, end, *, points=300, all_by_name=False):
        self.board, self._prometheus, self.start, self.end = board, prometheus, start, end
        step = max(SCRAPE_INTERVAL, math.ceil((end - start) / points))
        self.step = step
        self._values = {"__interval": f"{step}s", "__rate_interval": f"{max(step + SCRAPE_INTERVAL, 4 * SCRAPE_INTERVAL)}s",
                        "__range": f"{math.ceil(end - start)}s"}
        self.choices = {}  # of each variable that Prometheus was asked for
        for variable in board["templating"]["list"]:
            if variable["type"] == "query":
                self.choices[variable["name"]] = found = self._ask_for_choices(variable)
                self._values[variable["name"]] = _as_regex(found) if all_by_name and found else variable["allValue"]
            elif variable["type"] == "custom":
                self._values[variable["name"]] = variable["current"]["value"]

    def _ask_for_choices(self, variable):
        query = _LABEL_VALUES.fullmatch(variable["query"]["query"])
        return self._prometheus.label_values(query["label"], self.substituted(query["metric"]), self.start, self.end)

    def substituted(self, text):
        """A variable that the board does not have is a KeyError."""
        return _VARIABLE.sub(lambda found: self._values[found[1] or found[2]], text)

    def title(self, panel):
        texts = {variable["name"]: variable["current"].get("text") for variable in self.board["templating"]["list"] if variable["type"] == "custom"}
        return _VARIABLE.sub(lambda found: texts[found[1] or found[2]], panel["title"])

    def ask(self, target):
        """[(labels, samples)] that one query of a panel gets."""
        expr = self.substituted(target["expr"])
        if target["instant"]:
            return self._prometheus.at(expr, self.end)
        start = self.start // self.step * self.step
        return self._prometheus.over(expr, start, self.end, self.step)


def legend(target, labels):
    """What a series is called."""
    return re.sub(r"\{\{(\w+)\}\}", lambda found: labels.get(found[1], ""), target["legendFormat"])


def expressions(board):
    """(where, expression) of every query and every variable."""
    for panel in panels(board):
        for target in panel["targets"]:
            yield panel["title"], target["expr"]
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            yield f"variable {variable['name']}", variable["query"]["query"]


