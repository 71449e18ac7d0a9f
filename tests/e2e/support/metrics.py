"""Prometheus' text format, read as far as the tests ask questions about it."""

import re

_SERIES = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


class Metrics:
    def __init__(self, text):
        self.text = text
        self.series = []
        for line in text.splitlines():
            if line and not line.startswith("#"):
                name, labels, value = _SERIES.match(line).groups()
                self.series.append((name, dict(_LABEL.findall(labels or "")), float(value)))

    def brief(self):
        """For people: what has been counted, without buckets."""
        return "\n".join(line for line in self.text.splitlines()
                         if line.startswith("gladhand_") and "_bucket{" not in line and not line.endswith(" 0"))

    def each(self, name, /, **labels):
        """(labels, value) of every series of that name that has those labels."""
        return [(of, value) for n, of, value in self.series if n == name and labels.items() <= of.items()]

    def total(self, name, /, **labels):
        """The sum of those series; 0 when there is none."""
        return sum(value for _, value in self.each(name, **labels))

    def count(self, phase, side="client", **labels):
        """How often the phase was measured."""
        return self.total(f"gladhand_{side}_handshake_seconds_count", phase=phase, **labels)

    def seconds(self, phase, side="client", **labels):
        """The time spent in the phase, summed."""
        return self.total(f"gladhand_{side}_handshake_seconds_sum", phase=phase, **labels)

    # The ledger of requests.
    @property
    def received(self):
        return self.total("gladhand_http_requests_received_total")

    @property
    def responses(self):
        return self.total("gladhand_http_responses_total")

    @property
    def resets(self):
        return self.total("gladhand_http_exchanges_reset_total")

    # The ledger of handshakes.
    def attempts(self, **labels):
        return self.total("gladhand_handshake_attempts_total", **labels)

    def ended(self, **labels):
        return self.total("gladhand_handshakes_total", **labels)

    def failures(self, **labels):
        return self.ended(**labels) - self.ended(result="ok", **labels)
