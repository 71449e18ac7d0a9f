"""Grafana's JSON, made of few words: panels, rows that arrange them, and the board around them.

A panel says how wide and high it is; its place follows from its order. `optional` says when a panel may be empty: the words go
into its description behind "Empty unless", where people read them, and where the test sees that it need not insist.
"""

from dataclasses import dataclass

COLUMNS = 24
EMPTY_UNLESS = "Empty unless "
_DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
PER_SECOND = "suffix:/s"


@dataclass(frozen=True)
class Query:
    expr: str
    legend: str = ""


def _panel(kind, title, unit, queries, description, w, h, optional, *, instant=False, query_format="time_series", defaults=(), overrides=(),
           options=(), transformations=()):
    if optional:
        description = f"{description}\n\n{EMPTY_UNLESS}{optional}."
    targets = [{"refId": chr(ord("A") + i), "datasource": _DATASOURCE, "editorMode": "code", "expr": query.expr, "legendFormat": query.legend,
                "format": query_format, "instant": instant, "range": not instant} for i, query in enumerate(queries)]
    made = {"type": kind, "title": title, "description": description, "datasource": _DATASOURCE, "gridPos": {"w": w, "h": h}, "targets": targets,
            "fieldConfig": {"defaults": {"unit": unit, **dict(defaults)}, "overrides": list(overrides)}, "options": dict(options)}
    if transformations:
        made["transformations"] = list(transformations)
    return made


def _steps(*steps):
    """Green, and then (value, colour) from each value on."""
    return {"mode": "absolute", "steps": [{"color": "green", "value": None}, *({"color": color, "value": value} for value, color in steps)]}


def _colored(name, color):
    return {"matcher": {"id": "byName", "options": name}, "properties": [{"id": "color", "value": {"mode": "fixed", "fixedColor": color}}]}


def stat(title, unit, expr, description, *, thresholds=(), w=3, h=4, optional=None, mappings=(), decimals=None, graph="area"):
    """One number, coloured by `thresholds` if it has some, over its own curve."""
    color = {"mode": "thresholds"} if thresholds else {"mode": "fixed", "fixedColor": "blue"}
    defaults = {"color": color, "thresholds": _steps(*thresholds), "mappings": list(mappings), "min": 0}
    if decimals is not None:
        defaults["decimals"] = decimals
    return _panel("stat", title, unit, [Query(expr)], description, w, h, optional, defaults=defaults, options={
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}, "colorMode": "value", "graphMode": graph,
        "justifyMode": "auto", "orientation": "auto", "textMode": "value", "wideLayout": True})


def lines(title, unit, *queries, description, w=8, h=8, stacked=False, optional=None, colors=(), legend="table", most=None):
    """Curves over time; `stacked` where they add up to something."""
    defaults = {"min": 0, "color": {"mode": "palette-classic"}, "thresholds": _steps(), "custom": {
        "drawStyle": "line", "lineInterpolation": "linear", "lineWidth": 1, "fillOpacity": 40 if stacked else 6, "gradientMode": "none",
        "showPoints": "never", "spanNulls": False, "axisBorderShow": False, "stacking": {"mode": "normal" if stacked else "none", "group": "A"}}}
    if most is not None:
        defaults["max"] = most
    return _panel("timeseries", title, unit, queries, description, w, h, optional, defaults=defaults,
                  overrides=[_colored(name, color) for name, color in dict(colors).items()], options={
        "legend": {"showLegend": True, "displayMode": legend, "placement": "bottom", "calcs": ["lastNotNull", "max"] if legend == "table" else []},
        "tooltip": {"mode": "multi", "sort": "desc"}})


def heatmap(title, unit, expr, description, *, w=12, h=9, optional=None):
    """How many fell into each bucket of a histogram, over time. `expr` is summed by le."""
    return _panel("heatmap", title, unit, [Query(expr, "{{le}}")], description, w, h, optional, query_format="heatmap", options={
        "calculate": False, "cellGap": 1, "cellValues": {"unit": "short"}, "rowsFrame": {"layout": "auto"},
        "color": {"mode": "scheme", "scheme": "Blues", "steps": 64, "exponent": 0.5, "fill": "dark-blue", "reverse": False, "scale": "exponential"},
        "yAxis": {"unit": unit, "axisPlacement": "left", "reverse": False}, "legend": {"show": True}, "showValue": "never",
        "tooltip": {"mode": "single", "yHistogram": True, "showColorScale": True}, "exemplars": {"color": "orange"}, "filterValues": {"le": 1e-9}})


def table(title, keys, columns, description, *, w=12, h=8, optional=None, sort_by=None):
    """A row for each combination of the labels `keys`, as {label: heading}; `columns`: (heading, unit, expr), each of the range shown."""
    names = {f"Value #{chr(ord('A') + i)}" if len(columns) > 1 else "Value": heading for i, (heading, _, _) in enumerate(columns)}
    order = {name: i for i, name in enumerate([*keys, *names])}
    overrides = [{"matcher": {"id": "byName", "options": heading}, "properties": [{"id": "unit", "value": unit}]} for heading, unit, _ in columns]
    return _panel("table", title, columns[0][1], [Query(expr) for _, _, expr in columns], description, w, h, optional, instant=True,
                  query_format="table", overrides=overrides, defaults={"custom": {"align": "auto", "cellOptions": {"type": "auto"}}},
                  options={"showHeader": True, "cellHeight": "sm", "footer": {"show": False, "reducer": ["sum"], "countRows": False},
                           "sortBy": [{"displayName": sort_by, "desc": True}] if sort_by else []},
                  transformations=[{"id": "merge", "options": {}}, {"id": "organize", "options": {
                      "excludeByName": {"Time": True}, "indexByName": order, "renameByName": {**keys, **names}}}])


# ---- variables

def labels_of(name, label, metric, text):
    """Any of the values that a label of a metric has."""
    query = f"label_values({metric}, {label})"
    return {"type": "query", "name": name, "label": text, "datasource": _DATASOURCE, "query": {"query": query, "refId": name}, "definition": query,
            "refresh": 2, "sort": 1, "multi": True, "includeAll": True, "allValue": ".*", "hide": 0, "regex": "", "options": [],
            "current": {"selected": True, "text": ["All"], "value": ["$__all"]}}


def choice(name, text, options, chosen):
    """One of {text: value}."""
    return {"type": "custom", "name": name, "label": text, "query": ", ".join(f"{key} : {value}" for key, value in options.items()), "hide": 0,
            "multi": False, "includeAll": False, "current": {"selected": True, "text": chosen, "value": options[chosen]},
            "options": [{"selected": key == chosen, "text": key, "value": value} for key, value in options.items()]}


_DATASOURCE_VARIABLE = {"type": "datasource", "name": "datasource", "label": "Data source", "query": "prometheus", "refresh": 1, "regex": "",
                        "hide": 0, "multi": False, "includeAll": False, "options": [], "current": {}}


# ---- arrangement

def _arrange(panels, top):
    """Puts each panel where it comes highest, and among such places leftmost. Returns the first line below them all."""
    filled = [top] * COLUMNS
    for panel in panels:
        at, w = panel["gridPos"], panel["gridPos"]["w"]
        x = min(range(COLUMNS - w + 1), key=lambda x: (max(filled[x:x + w]), x))
        at["x"], at["y"] = x, max(filled[x:x + w])
        filled[x:x + w] = [at["y"] + at["h"]] * w
    return max(filled)


def board(uid, title, description, variables, head, rows):
    """`head`: panels above every row. `rows`: {title: panels}."""
    panels, y = list(head), _arrange(head, 0)
    for heading, members in rows.items():
        panels.append({"type": "row", "title": heading, "collapsed": False, "panels": [], "gridPos": {"x": 0, "y": y, "w": COLUMNS, "h": 1}})
        y = _arrange(members, y + 1)
        panels += members
    for number, panel in enumerate(panels, start=1):
        panel["id"] = number
    links = {"type": "dashboards", "title": "Gladhand", "tags": ["gladhand"], "asDropdown": False, "includeVars": True, "keepTime": True,
             "targetBlank": False, "icon": "external link", "tooltip": "", "url": ""}
    return {"uid": uid, "title": title, "description": description, "tags": ["gladhand"], "schemaVersion": 39, "version": 1, "editable": True,
            "graphTooltip": 1, "refresh": "30s", "time": {"from": "now-1h", "to": "now"}, "timezone": "browser", "fiscalYearStartMonth": 0,
            "annotations": {"list": []}, "links": [links], "templating": {"list": [_DATASOURCE_VARIABLE, *variables]}, "panels": panels}
