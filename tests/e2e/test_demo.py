"""`gladhand demo`: something to look at in the first minute."""

import re
import socket

import pytest

from support.commands import curl
from support.metrics import Metrics
from support.process import Process, eventually


class Demo(Process):
    """Keeps its state below `directory`, whatever user runs it."""

    def __init__(self, directory, *options):
        self._state = directory / "state"
        super().__init__(["demo", *options], directory, env={"XDG_STATE_HOME": str(self._state), "HOME": str(directory)})
        eventually(lambda: self._is_up(), "the demo prints its URLs")
        self.https = re.search(r"https://localhost:\d+/", self.output)[0]
        self.http = re.search(r"http://localhost:\d+/", self.output)[0]
        self.metrics_url = re.search(r"http://127\.0\.0\.1:\d+/metrics", self.output)[0]
        self.ca_file = re.search(r"--cacert (\S+)", self.output)[1]

    def _is_up(self):
        assert self.is_running(), self.errors + self.output
        return "Ctrl-C" in self.output

    def metrics(self):
        return Metrics(curl(self.metrics_url).text)


@pytest.fixture
def demo(tmp_path):
    """`demo()` starts one; all are stopped, and must end well."""
    started = []

    def start(*options):
        directory = tmp_path / str(len(started))
        directory.mkdir()
        started.append(Demo(directory, *options))
        return started[-1]
    yield start
    for process in started:
        process.stop()


def test_curl_trusts_the_demo_with_the_authority_that_it_prints(demo):
    it = demo("--no-traffic")
    got = curl("--cacert", it.ca_file, it.https)
    assert got.status == 0, got.errors
    assert curl("--cacert", it.ca_file, it.https + "status/404", "--write-out", "%{http_code}", "--output", "/dev/null").text == "404"
    assert curl(it.http + "headers").status == 0


def test_the_command_that_it_prints_works(demo):
    it = demo("--no-traffic")
    line = next(line for line in it.output.splitlines() if line.strip().startswith("curl --cacert"))
    got = curl(*line.split()[1:])
    assert got.status == 0 and "forwarded" in got.text.lower(), got


def test_its_metrics_show_the_phases_of_the_visits(demo):
    it = demo("--no-traffic")
    for _ in range(3):
        curl("--cacert", it.ca_file, it.https)
    m = eventually(lambda: (m := it.metrics()).count("tls") == 3 and m)
    assert m.count("client_hello_wait") == m.count("tls_client_flight") == m.count("first_request") == 3
    assert m.count("first_byte", "upstream") == 3


def test_visitors_come_by_themselves_and_some_resume_their_sessions(demo):
    it = demo()
    m = eventually(lambda: (m := it.metrics()).count("tls", resumed="true") and m.responses >= 2 and m, "a resumed session")
    assert m.count("tls", resumed="false") >= 1
    assert m.failures(side="client") == 0


def test_no_traffic_means_none(demo):
    it = demo("--no-traffic")
    assert it.metrics().attempts(side="client") == 0


@pytest.mark.parametrize("path, expected", [
    ("", b"/echo"), ("echo", b""), ("headers", b"host"), ("slow?ms=50", b""), ("bytes/100000", None), ("status/503", b"")])
def test_the_origin_has_pages_to_try(demo, path, expected):
    it = demo("--no-traffic")
    got = curl("--cacert", it.ca_file, it.https + path)
    assert got.status == 0, got.errors
    if path.startswith("bytes"):
        assert len(got.output) == 100_000
    else:
        assert expected in got.output.lower()


def test_a_taken_port_is_answered_with_the_next_free_one_said_aloud(demo):
    first = demo("--no-traffic")
    second = demo("--no-traffic")
    assert {first.https, first.http, first.metrics_url}.isdisjoint({second.https, second.http, second.metrics_url})
    assert re.search(r"port \d+ is taken; using \d+", second.output)
    for it in (first, second):
        assert curl("--cacert", it.ca_file, it.https).status == 0


def test_a_port_taken_by_a_stranger_is_passed_over(demo):
    with socket.socket() as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            stranger.bind(("127.0.0.1", 8443))
        except OSError:
            pass  # taken already: as good
        else:
            stranger.listen()
        it = demo("--no-traffic")
        assert not it.https.endswith(":8443/")
        assert curl("--cacert", it.ca_file, it.https).status == 0


def test_what_it_leaves_behind_is_one_certificate_and_no_key(demo):
    it = demo("--no-traffic")
    files = [path for path in it.directory.rglob("*") if path.is_file() and path.name not in ("stdout", "stderr")]
    assert [str(path) for path in files] == [it.ca_file]
    assert "PRIVATE KEY" not in files[0].read_text()
