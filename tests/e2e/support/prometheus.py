"""Debian's Prometheus, scraping every second, and what its query API answers."""

import http.client
import json
import subprocess
import urllib.parse
from pathlib import Path

from .ports import free_port
from .process import eventually, prepare_child

SCRAPE_INTERVAL = 1  # seconds


class Prometheus:
    """`targets` are the addresses that job "gladhand" scrapes; `rules` are files."""

    def __init__(self, directory, targets, rules=()):
        self.directory = Path(directory)
        self.port = free_port()
        # JSON is YAML.
        (self.directory / "prometheus.yml").write_text(json.dumps({
            "global": {"scrape_interval": f"{SCRAPE_INTERVAL}s", "evaluation_interval": f"{SCRAPE_INTERVAL}s"},
            "rule_files": [str(rule) for rule in rules],
            "scrape_configs": [{"job_name": "gladhand", "static_configs": [{"targets": list(targets)}]}]}))
        with open(self.directory / "prometheus.log", "wb") as log:
            self._child = subprocess.Popen(
                ["prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data", f"--web.listen-address=127.0.0.1:{self.port}",
                 "--log.level=warn"], cwd=self.directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=prepare_child())
        eventually(self._is_ready, "Prometheus is ready", timeout=30)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._child.kill()
        self._child.wait()

    @property
    def log(self):
        return (self.directory / "prometheus.log").read_text()

    def _is_ready(self):
        assert self._child.poll() is None, self.log
        try:
            return self._get("/-/ready")[0] == 200
        except OSError:
            return False

    def _get(self, path, **parameters):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", f"{path}?{urllib.parse.urlencode(parameters)}" if parameters else path)
            reply = connection.getresponse()
            return reply.status, reply.read().decode()
        finally:
            connection.close()

    def api(self, path, **parameters):
        """The data of an answer; an error is a ValueError with what Prometheus says of it."""
        _, text = self._get(f"/api/v1/{path}", **parameters)
        answer = json.loads(text)
        if answer["status"] != "success":
            raise ValueError(f"{answer['error']}: {parameters}")
        return answer["data"]

    def at(self, expr, time):
        """[(labels, [(time, value)])]"""
        return [(found["metric"], [_sample(found["value"])]) for found in self.api("query", query=expr, time=time)["result"]]

    def over(self, expr, start, end, step):
        return [(found["metric"], [_sample(sample) for sample in found["values"]])
                for found in self.api("query_range", query=expr, start=start, end=end, step=step)["result"]]

    def label_values(self, label, matching, start, end):
        return self.api(f"label/{label}/values", **{"match[]": matching, "start": start, "end": end})


def _sample(pair):
    return float(pair[0]), float(pair[1])
