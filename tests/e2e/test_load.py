"""Load generators, for two seconds each: nothing may fail, and everything must be counted."""

import re

import pytest

from support.commands import command
from support.process import IS_SANITIZED

SECONDS = 2


@pytest.fixture(params=["http", "https"])
def listener(request):
    return request.param


def test_wrk_sees_no_error(start, nginx, listener):
    proxy = start(nginx, tls=True, server={"workers": 2})
    got = command("wrk", "-t1", "-c32", f"-d{SECONDS}s", proxy.url("/hello", listener))
    assert got.status == 0, got.errors
    assert "Socket errors" not in got.text and "Non-2xx" not in got.text, got.text
    served = int(re.search(r"(\d+) requests in", got.text)[1])
    m = proxy.idle_metrics(served)
    assert m.total("gladhand_http_responses_total", status_class="2xx") + m.resets == m.received
    assert m.resets <= 32, "only what was under way when wrk left"
    assert m.total("gladhand_local_replies_total") == 0


def test_h2load_sees_no_error(start, nginx, listener):
    count = 500 if IS_SANITIZED else 5000
    proxy = start(nginx, tls=True, server={"workers": 2})
    got = command("h2load", "--h1", f"-n{count}", "-c16", "-t1", proxy.url("/hello", listener))
    assert f"{count} succeeded, 0 failed, 0 errored, 0 timeout" in got.text, got.text
    m = proxy.idle_metrics(count)
    assert (m.received, m.responses, m.resets) == (count, count, 0)
    assert m.total("gladhand_http_responses_total", status_class="2xx") == count
    assert m.total("gladhand_connections_total", side="client", name=listener) == 16
    if listener == "https":
        assert m.count("tls", listener="https") == 16
