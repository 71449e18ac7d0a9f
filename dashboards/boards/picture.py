"""A board as a picture: what its panels' queries answered, drawn as SVG in light and dark, like Grafana lays it out.

It is drawn by hand so that it needs no program to make and none but a browser to see.
"""

import math
from datetime import datetime, timezone
from html import escape

from .panels import COLUMNS

WIDTH, UNIT, GAP, PAD = 1400, 38, 8, 10  # pixels: of the board, of a line of the grid, between panels, inside of them
STYLE = """
 svg { --back: #f2f4f7; --panel: #ffffff; --edge: #d9dee5; --grid: #e9ecf1; --text: #1f2933; --soft: #66727f;
       --c0: #2f7ed8; --c1: #e8872b; --c2: #2e9e5b; --c3: #d6404b; --c4: #8259c9; --c5: #12979c; --c6: #b58a0c; --c7: #c2479a; --c8: #5c6f82; --c9: #7aa329;
       --good: #1f8a4c; --warn: #b7791f; --bad: #cf2f3c; }
 @media (prefers-color-scheme: dark) {
  svg { --back: #101318; --panel: #181c23; --edge: #2b323c; --grid: #262c35; --text: #dfe5ec; --soft: #93a0ae;
        --c0: #5aa2f0; --c1: #f2a154; --c2: #55c283; --c3: #f26a73; --c4: #a98aec; --c5: #45c3c7; --c6: #dfb53c; --c7: #e37cc0; --c8: #94a6b8; --c9: #a4cf4e;
        --good: #55c283; --warn: #e5b04b; --bad: #f26a73; } }
 text { font: 11px system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; fill: var(--text) }
 .title { font-size: 12.5px; font-weight: 600 } .row { font-size: 14px; font-weight: 600 } .board { font-size: 20px; font-weight: 600 }
 .soft { fill: var(--soft) } .end { text-anchor: end } .middle { text-anchor: middle } .big { font-size: 25px; font-weight: 600 }
 .panel { fill: var(--panel); stroke: var(--edge) } .grid { stroke: var(--grid); fill: none } .line { fill: none; stroke-width: 1.5; stroke-linejoin: round }
"""
_NAMED = {"green": "--good", "yellow": "--warn", "red": "--bad", "dark-red": "--c3", "blue": "--c0", "orange": "--c1", "purple": "--c4"}


# ---- numbers

def _short(value, digits=3):
    """Three digits that count, without zeros behind them."""
    if value == 0:
        return "0"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value)))) if abs(value) < 10 ** digits else 0
    text = f"{value:.{min(decimals, 9)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _scaled(value, names, base=1000):
    at = 0
    while abs(value) >= base and at < len(names) - 1:
        value, at = value / base, at + 1
    return _short(value) + names[at]


def spoken(value, unit):
    """As Grafana would write it."""
    if not math.isfinite(value):
        return "–"
    if unit == "s":
        return (_scaled(value * 1e6, [" µs", " ms"]) if abs(value) < 1 else f"{_short(value)} s") if value else "0 s"
    if unit == "percentunit":
        return f"{_short(value * 100)} %"
    if unit == "bytes":
        return _scaled(value, [" B", " KiB", " MiB", " GiB"], 1024)
    if unit == "Bps":
        return _scaled(value, [" B/s", " kB/s", " MB/s"])
    if unit == "dateTimeAsIso":
        return datetime.fromtimestamp(value / 1000, timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
    return _scaled(value, ["", " K", " M", " G"]) + (unit.removeprefix("suffix:") if unit.startswith("suffix:") else "")


def _ticks(top, unit, count=4):
    """Round numbers from 0 to `top` or a little beyond."""
    base = 1024.0 if unit == "bytes" else 10.0
    rough = top / count
    step = base ** math.floor(math.log(rough, base))
    for factor in ((1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024) if unit == "bytes" else (1, 2, 2.5, 5, 10)):
        if step * factor >= rough:
            step *= factor
            break
    return [step * i for i in range(math.ceil(top / step - 1e-9) + 1)]


# ---- pieces

class Sheet:
    """Text of SVG, piece by piece."""

    def __init__(self):
        self.pieces = []

    def add(self, text):
        self.pieces.append(text)

    def text(self, x, y, text, kind="", room=None):
        """`room`: pixels; what does not fit is cut off, with dots."""
        if room is not None and len(text) > (most := int(room / (7.2 if kind == "title" else 6.1))):
            text = text[:max(1, most - 1)] + "…"
        kind = f' class="{kind}"' if kind else ""
        self.add(f'<text x="{x:.0f}" y="{y:.0f}"{kind}>{escape(text)}</text>')


def _path(points):
    return "M" + "L".join(f"{x:.0f} {y:.1f}".removesuffix(".0") for x, y in points)


def _runs(samples, step):
    """Samples that follow each other without a gap."""
    run = []
    for time, value in samples:
        if run and (not math.isfinite(value) or time - run[-1][0] > step * 1.5):
            yield run
            run = []
        if math.isfinite(value):
            run.append((time, value))
    if run:
        yield run


class Series:
    def __init__(self, name, samples, color):
        self.name, self.samples, self.color = name, samples, color

    @property
    def numbers(self):
        return [value for _, value in self.samples if math.isfinite(value)]


class Picture:
    """`view` says what the queries of the board answered (support.grafana.View); `legend` what a series is called."""

    def __init__(self, view, legend):
        self._view, self._legend, self._sheet = view, legend, Sheet()

    def __str__(self):
        board, sheet, top = self._view.board, self._sheet, 44
        height = top + max(p["gridPos"]["y"] + p["gridPos"]["h"] for p in board["panels"]) * UNIT + GAP
        sheet.add(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">')
        sheet.add(f"<title>{escape(board['title'])}</title><style>{STYLE}</style>")
        sheet.add(f'<rect width="{WIDTH}" height="{height}" fill="var(--back)"/>')
        sheet.text(GAP, 28, board["title"], "board")
        told = f"{round(self._view.end - self._view.start)} s of a real run, a point every {self._view.step} s"
        sheet.text(WIDTH - GAP, 28, f"{board['description']}  {told}", "soft end")
        for panel in board["panels"]:
            at = panel["gridPos"]
            x, y = at["x"] * (WIDTH - GAP) / COLUMNS + GAP, top + at["y"] * UNIT
            w, h = at["w"] * (WIDTH - GAP) / COLUMNS - GAP, at["h"] * UNIT - GAP
            if panel["type"] == "row":
                sheet.text(x, y + 22, f"⌄ {panel['title']}", "row")
                continue
            sheet.add(f'<g transform="translate({x:.1f} {y})"><rect class="panel" width="{w:.1f}" height="{h}" rx="4"/>')
            sheet.text(PAD, 19, self._view.title(panel), "title", w - PAD)
            {"stat": self._stat, "timeseries": self._lines, "heatmap": self._heatmap, "table": self._table}[panel["type"]](panel, w, h)
            sheet.add("</g>")
        sheet.add("</svg>")
        return "\n".join(sheet.pieces) + "\n"

    # ---- what there is to show

    def _series(self, panel):
        fixed = {o["matcher"]["options"]: o["properties"][0]["value"]["fixedColor"] for o in panel["fieldConfig"]["overrides"]
                 if o["properties"][0]["id"] == "color"}
        found = []
        for target in panel["targets"]:
            for labels, samples in sorted(self._view.ask(target), key=lambda pair: sorted(pair[0].items())):
                if any(math.isfinite(value) for _, value in samples):
                    found.append((self._legend(target, labels), samples))
        return [Series(name, samples, f"var({_NAMED[fixed[name]] if name in fixed else f'--c{i % 10}'})") for i, (name, samples) in enumerate(found)]

    def _x(self, left, right):
        start, end = self._view.start, self._view.end
        return lambda time: left + (time - start) / (end - start) * (right - left)

    def _time_axis(self, left, right, y):
        x, length = self._x(left, right), self._view.end - self._view.start
        step = next(s for s in (10, 15, 30, 60, 120, 300, 600, 1800, 3600) if length / s <= max(2, (right - left) / 70))
        for at in range(0, int(length) + 1, step):
            place = x(self._view.start + at)
            side = " end" if place > right - 14 else " middle" if at else ""
            self._sheet.text(place, y + 13, f"{at // 60}:{at % 60:02}", f"soft{side}")

    def _nothing(self, w, h):
        self._sheet.text(w / 2, h / 2 + 8, "No data", "soft middle")

    # ---- kinds of panels

    def _stat(self, panel, w, h):
        series, unit = self._series(panel), panel["fieldConfig"]["defaults"]["unit"]
        if not series:
            return self._nothing(w, h)
        defaults, one = panel["fieldConfig"]["defaults"], series[0]
        last, color = one.numbers[-1], "blue"
        if defaults["color"]["mode"] == "thresholds":
            *_, color = (step["color"] for step in defaults["thresholds"]["steps"] if step["value"] is None or last >= step["value"])
        said = spoken(last, unit)
        for mapping in defaults.get("mappings", ()):
            if (option := mapping["options"].get(f"{last:g}")):
                said, color = option["text"], option["color"]
        if panel["options"]["graphMode"] == "area":
            x, most = self._x(2, w - 2), max(max(one.numbers), 1e-12)
            for run in _runs(one.samples, self._view.step):
                points = [(x(t), h - 2 - v / most * h * 0.32) for t, v in run]
                floor = [(points[-1][0], h - 2), (points[0][0], h - 2)]
                self._sheet.add(f'<path d="{_path(points + floor)}Z" fill="var({_NAMED[color]})" opacity=".22"/>')
        self._sheet.add(f'<text x="{w / 2:.0f}" y="{h * 0.56:.0f}" class="big middle" style="fill:var({_NAMED[color]})">{escape(said)}</text>')

    def _lines(self, panel, w, h):
        series, unit = self._series(panel), panel["fieldConfig"]["defaults"]["unit"]
        if not series:
            return self._nothing(w, h)
        bottom = h - self._legend_of(panel, series, unit, w, h) - 20
        stacked = panel["fieldConfig"]["defaults"]["custom"]["stacking"]["mode"] == "normal"
        bands = self._stacked(series) if stacked else [(one, one.samples, None) for one in series]
        most = max((v for _, samples, _ in bands for _, v in samples if math.isfinite(v)), default=0) or 1
        y = self._value_axis(panel["fieldConfig"]["defaults"].get("max", most), unit, w, 32, bottom)
        x = self._x(58, w - PAD)
        for one, samples, below in bands:
            for run in _runs(samples, self._view.step):
                points = [(x(t), y(v)) for t, v in run]
                if below is not None:
                    floor = [(x(t), y(below[t])) for t, _ in reversed(run)]
                    self._sheet.add(f'<path d="{_path(points + floor)}Z" fill="{one.color}" opacity=".45"/>')
                points = points if len(points) > 1 else [(points[0][0] - 1, points[0][1]), (points[0][0] + 1, points[0][1])]
                self._sheet.add(f'<path class="line" d="{_path(points)}" stroke="{one.color}"/>')
        self._time_axis(58, w - PAD, bottom)

    @staticmethod
    def _stacked(series):
        """Each one on top of those before it: (series, upper edge, lower edge)."""
        bands, floor = [], dict.fromkeys((t for one in series for t, _ in one.samples), 0.0)
        for one in series:
            below = dict(floor)
            for t, v in one.samples:
                floor[t] += v if math.isfinite(v) else 0
            bands.append((one, [(t, floor[t]) for t, _ in one.samples], below))
        return bands

    def _value_axis(self, most, unit, w, top, bottom):
        ticks = _ticks(most, unit, max(2, int((bottom - top) / 34)))
        def y(value):
            return bottom - value / ticks[-1] * (bottom - top)
        for tick in ticks:
            self._sheet.add(f'<path class="grid" d="M58 {y(tick):.1f}H{w - PAD:.0f}"/>')
            self._sheet.text(54, y(tick) + 4, spoken(tick, unit), "soft end")
        return y

    def _legend_of(self, panel, series, unit, w, h):
        """Below the curves. Returns its height."""
        if panel["options"]["legend"]["displayMode"] == "list":
            return self._legend_in_lines(series, w, h)
        most = max(1, min(7, int((h - 130) / 14)))
        shown = series if len(series) <= most else series[:most - 1]
        rows = len(shown) + (len(shown) < len(series)) + 1
        y = h - rows * 14 - 1
        self._sheet.text(w - 76, y + 6, "last", "soft end")
        self._sheet.text(w - PAD, y + 6, "max", "soft end")
        y += 14
        for one in shown:
            self._sheet.add(f'<path d="M{PAD} {y + 2:.0f}h14" stroke="{one.color}" stroke-width="3"/>')
            self._sheet.text(PAD + 20, y + 6, one.name, "", w - (PAD + 164))
            self._sheet.text(w - 76, y + 6, spoken(one.numbers[-1], unit), "end")
            self._sheet.text(w - PAD, y + 6, spoken(max(one.numbers), unit), "end")
            y += 14
        if len(shown) < len(series):
            self._sheet.text(PAD + 20, y + 6, f"and {len(series) - len(shown)} more", "soft")
        return rows * 14 + 8

    def _legend_in_lines(self, series, w, h):
        """One name behind the other."""
        places, x, line = [], PAD, 0
        for one in series:
            room = 34 + len(one.name) * 6.1
            if x > PAD and x + room > w - PAD:
                x, line = PAD, line + 1
            places.append((one, x, line))
            x += room
        for one, x, at in places:
            y = h - (line - at) * 14 - 10
            self._sheet.add(f'<path d="M{x:.0f} {y:.0f}h14" stroke="{one.color}" stroke-width="3"/>')
            self._sheet.text(x + 20, y + 4, one.name, "", w - x - 20)
        return (line + 1) * 14 + 8

    def _heatmap(self, panel, w, h):
        target, unit = panel["targets"][0], panel["fieldConfig"]["defaults"]["unit"]
        found = sorted(((float(labels["le"]), dict(samples)) for labels, samples in self._view.ask(target)), key=lambda pair: pair[0])
        if not found:
            return self._nothing(w, h)
        counts = {}  # (bucket, time): how many
        for i, (_, samples) in enumerate(found):
            for t, v in samples.items():
                counts[i, t] = max(0.0, v - (found[i - 1][1].get(t, 0.0) if i else 0.0))
        used = [i for (i, _), n in counts.items() if n > 0]
        low, high = max(0, min(used) - 1), min(len(found) - 1, max(used) + 1)
        top, bottom, most, levels = 32, h - 42, max(counts.values()), 7
        tall, x = (bottom - top) / (high - low + 1), self._x(66, w - PAD)
        wide = (w - PAD - 66) * self._view.step / (self._view.end - self._view.start)
        shape = f"h{max(1, wide - 0.5):.1f}v{tall - 1:.1f}h-{max(1, wide - 0.5):.1f}z"
        paints = [f'fill="var(--c0)" opacity="{0.12 + 0.88 * (level + 1) / levels:.2f}"' for level in range(levels)]
        for level, paint in enumerate(paints, start=1):
            cells = [f"M{max(66, x(t) - wide):.0f} {bottom - (i - low + 1) * tall:.0f}{shape}" for (i, t), n in counts.items()
                     if n > 0 and t > self._view.start and math.ceil(math.sqrt(n / most) * levels) == level]
            if cells:
                self._sheet.add(f'<path d="{"".join(cells)}" {paint}/>')
        for i in range(low, high + 1):
            bound = found[i][0]
            self._sheet.text(62, bottom - (i - low + 1) * tall + 4, f"≤ {spoken(bound, unit)}" if math.isfinite(bound) else "more", "soft end")
        self._time_axis(66, w - PAD, bottom)
        for level, paint in enumerate(paints):
            self._sheet.add(f'<rect x="{66 + level * 16}" y="{h - 20}" width="15" height="8" {paint}/>')
        self._sheet.text(66 + levels * 16 + 6, h - 12, f"1 to {_short(most)} in each cell", "soft")

    def _table(self, panel, w, h):
        organize = panel["transformations"][1]["options"]
        names, order = organize["renameByName"], sorted(organize["indexByName"], key=organize["indexByName"].get)
        units = {o["matcher"]["options"]: o["properties"][0]["value"] for o in panel["fieldConfig"]["overrides"]}
        rows = {}
        for target in panel["targets"]:
            column = f"Value #{target['refId']}" if len(panel["targets"]) > 1 else "Value"
            for labels, samples in self._view.ask(target):
                rows.setdefault(tuple(sorted(labels.items())), dict(labels))[column] = samples[0][1]
        rows = list(rows.values())
        if not rows:
            return self._nothing(w, h)
        for sort in panel["options"]["sortBy"]:
            by = next(key for key in order if names[key] == sort["displayName"])
            rows.sort(key=lambda row: (by in row and math.isfinite(row[by]), row.get(by, 0)), reverse=sort["desc"])
        is_label = {key: not key.startswith("Value") for key in order}
        weights = [max([len(names[key]), *(len(str(row.get(key, ""))) for row in rows)]) + 1 if is_label[key] else 9 for key in order]
        edges = [PAD + (w - 2 * PAD) * sum(weights[:i]) / sum(weights) for i in range(len(order) + 1)]
        tall = min(32.0, max(19.0, (h - 50) / len(rows)))
        fits = int((h - 46) / tall)
        shown = rows if len(rows) <= fits else rows[:fits - 1]

        def cell(i, y, text, kind=""):
            x, side = (edges[i], "") if is_label[order[i]] else (edges[i + 1] - 4, "end")
            self._sheet.text(x, y, text, f"{kind} {side}".strip(), edges[i + 1] - edges[i] - 4)
        for i, key in enumerate(order):
            cell(i, 40, names[key], "soft")
        for n, row in enumerate(shown):
            y = 44 + (n + 0.5) * tall + 4
            self._sheet.add(f'<path class="grid" d="M{PAD} {44 + n * tall:.0f}H{w - PAD:.0f}"/>')
            for i, key in enumerate(order):
                if key in row:
                    cell(i, y, row[key] if is_label[key] else spoken(row[key], units[names[key]]))
        if len(shown) < len(rows):
            self._sheet.text(PAD, 44 + (len(shown) + 0.5) * tall + 4, f"and {len(rows) - len(shown)} more", "soft")
