"""What listeners and routes do to requests besides passing them on: redirects, rewritten paths, the choice of an endpoint."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.commands import curl
from support.http1 import response
from support.origin import Origin
from support.process import PATIENCE, eventually, run_binary
from support.proxy import Proxy, configuration


# ---- redirect = "https"

@pytest.fixture
def redirecting(tmp_path, origin):
    text, ports, admin_port = configuration([{"upstream": "app"}], {"app": {"endpoints": [origin.endpoint]}}, tls={"self_signed": True})
    text = text.replace('name = "http"\n', 'name = "http"\nredirect = "https"\n')
    proxy = Proxy(tmp_path, text, ports, admin_port).wait_until_ready()
    yield proxy
    proxy.stop()


def test_a_redirect_keeps_path_query_and_method(redirecting, origin):
    seen = curl("--include", redirecting.url("/a%20b/c?x=1&y=%2F")).text
    assert seen.startswith("HTTP/1.1 308 Permanent Redirect\r\n")
    assert f"\nLocation: https://localhost:{redirecting.https}/a%20b/c?x=1&y=%2F\r\n" in seen
    followed = curl("--location", "--insecure", "--data", "kept", "--write-out", " %{http_code} %{scheme}", redirecting.url("/form"))
    assert followed.text.lower() == "ok 200 https"
    assert origin.requests[-1].method == "POST" and origin.requests[-1].body == b"kept"


def test_a_redirect_is_a_response_like_any_other_in_log_and_metrics(redirecting, origin):
    for _ in range(3):
        assert curl("--output", "/dev/null", "--write-out", "%{http_code} %{num_connects}", redirecting.url(), redirecting.url()).text
    redirecting.idle_metrics(3)
    statuses = [line["status"] for line in redirecting.log_lines(3) if line.get("status")]
    assert statuses and set(statuses) == {308}
    assert not origin.requests


def test_a_redirect_of_head_has_no_body_and_one_to_nowhere_is_refused(redirecting):
    assert curl("--head", redirecting.url("/x")).text.startswith("HTTP/1.1 308 ")
    refused = curl("--include", "--http1.0", "--header", "Host:", redirecting.url("/x")).text
    assert re.match(r"HTTP/1\.[01] 400 ", refused), refused


@pytest.mark.parametrize("listener, cure", [('redirect = "https"', "add `tls` to another [[listener]]"),
                                            ('redirect = "https"\ntls = { self_signed = true }', "remove `tls`, or `redirect`")])
def test_a_redirect_that_leads_nowhere_is_a_mistake(tmp_path, listener, cure):
    (tmp_path / "gladhand.toml").write_text(f'[[listener]]\naddress = "127.0.0.1:8080"\n{listener}\n[[route]]\nupstream = "http://127.0.0.1:1"\n')
    done = run_binary("validate", cwd=tmp_path)
    assert done.returncode == 1 and "error[E043]" in done.stderr and "gladhand.toml:3:" in done.stderr and cure in done.stderr, done.stderr


# ---- rewrite

def test_the_upstream_sees_the_rewritten_path_and_the_log_the_clients(start, origin):
    proxy = start(origin, route={"rewrite": {"strip_prefix": "/api", "add_prefix": "/v2"}})
    for path, seen in [("/api/users?page=2", "/v2/users?page=2"), ("/api", "/v2/"), ("/apis", "/v2/apis"), ("/x/../api/y", "/v2/y")]:
        assert curl("--path-as-is", proxy.url(path)).text == "ok"
        assert origin.requests[-1].target == seen
    assert "/api/users?page=2" in [line.get("target") for line in proxy.log_lines(4)]


def test_answers_stay_as_they_are_and_an_upstream_can_be_told_its_prefix(start):
    def answer(request, wire):
        return response(b"", "302 Found", f"Location: {request.fields.get('X-Forwarded-Prefix') or ''}/login", "Content-Location: /here")
    strip = {"upstream": "app", "rewrite": {"strip_prefix": "/api"}}
    with Origin(answer) as origin:
        proxy = start(origin, routes=[{**strip, "match": {"path": "/api/told"}, "plugins": [{"name": "headers", "request_set": {"X-Forwarded-Prefix": "/api"}}]}, strip])
        def redirect_of(path):
            return curl("--output", "/dev/null", "--write-out", "%header{location} %header{content-location}", "-H", "X-Forwarded-Prefix;", proxy.url(path)).text
        assert redirect_of("/api/users") == "/login /here"
        assert redirect_of("/api/told") == "/api/login /here"


@pytest.mark.parametrize("prefix, hint", [("/api/*", '"/api"'), ("/api/", '"/api"'), ("api", '"/api"'), ("/", "leave it out")])
def test_a_prefix_that_is_none_is_a_mistake(tmp_path, prefix, hint):
    (tmp_path / "gladhand.toml").write_text(f'[[listener]]\naddress = ":8080"\n[[route]]\nupstream = "http://a"\nrewrite.strip_prefix = "{prefix}"\n')
    done = run_binary("validate", cwd=tmp_path)
    assert done.returncode == 1 and "error[E044]" in done.stderr and "gladhand.toml:5:" in done.stderr and hint in done.stderr, done.stderr


# ---- balance = "least_request"

def test_the_endpoint_with_the_fewest_requests_is_chosen(start):
    release = threading.Event()

    def answer(request, wire):
        if request.target == "/held":
            release.wait(PATIENCE)
        return response()

    with Origin(answer) as one, Origin(answer) as other, ThreadPoolExecutor() as threads:
        proxy = start(one, other, upstream={"balance": "least_request"})
        held = threads.submit(curl, proxy.url("/held"))
        eventually(lambda: one.requests or other.requests, "the held request is at an origin")
        busy, free = (one, other) if one.requests else (other, one)
        for _ in range(6):
            assert curl(proxy.url()).text == "ok"
        assert (len(busy.requests), len(free.requests)) == (1, 6)
        release.set()
        assert held.result().text == "ok"
        # Nobody is busy any more: one after the other.
        for _ in range(4):
            assert curl(proxy.url()).text == "ok"
        assert (len(busy.requests), len(free.requests)) == (3, 8)
