"""curl, as people use it."""

import hashlib
import os

import pytest

from support.commands import curl, start_curl
from support.http1 import chunked, response
from support.origin import Origin


def digest(data):
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def echo():
    def answer(request, wire):
        return response(request.body, "200 OK", f"X-Method: {request.method}")
    with Origin(answer) as origin:
        yield origin


def test_curl_gets_a_page_over_http(start, nginx):
    proxy = start(nginx)
    got = curl(proxy.url("/hello"))
    assert (got.status, got.text) == (0, "hello\n"), got.errors


def test_curl_gets_a_page_over_https_and_trusts_the_certificate(start, nginx, authority):
    proxy = start(nginx, tls=True)
    got = curl("--cacert", authority.ca_file, proxy.url("/hello", "https"))
    assert (got.status, got.text) == (0, "hello\n"), got.errors


def test_curl_does_not_trust_a_self_signed_certificate_unless_told_to(start, nginx):
    proxy = start(nginx, tls={"self_signed": True})
    url = proxy.url("/hello", "https")
    assert curl(url).status == 60  # CURLE_PEER_FAILED_VERIFICATION
    assert curl("--insecure", url).text == "hello\n"


def test_curl_with_http_1_0_gets_an_answer_that_ends_with_the_connection(start):
    pieces = chunked(b"one ", b"two ", b"three")
    with Origin(lambda request, wire: b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + pieces) as origin:
        got = curl("--http1.0", "--include", start(origin).url())
    head, _, body = got.text.partition("\r\n\r\n")
    assert body == "one two three"
    assert "transfer-encoding" not in head.lower()


def test_curl_asks_for_a_head_and_gets_its_length_without_a_body(start, nginx):
    proxy = start(nginx)
    got = curl("--head", proxy.url("/hello"))
    assert "\r\ncontent-length: 6\r\n" in got.text.lower()
    assert got.text.endswith("\r\n\r\n")


def test_a_mebibyte_goes_up_and_down_unchanged(start, echo, authority):
    body = os.urandom(1 << 20)
    proxy = start(echo, tls=True)
    for listener in ("http", "https"):
        got = curl("--cacert", authority.ca_file, "--data-binary", "@-", proxy.url("/", listener), stdin=body)
        assert digest(got.output) == digest(body)
    assert [digest(request.body) for request in echo.requests] == [digest(body)] * 2
    m = proxy.idle_metrics(2)
    assert m.total("gladhand_http_request_body_bytes_total") == 2 * len(body)
    assert m.total("gladhand_http_response_body_bytes_total") == 2 * len(body)


def test_a_mebibyte_goes_up_and_down_unchanged_in_chunks(start):
    def answer(request, wire):
        pieces = [request.body[at:at + 70_000] for at in range(0, len(request.body), 70_000)]
        return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(*pieces)
    body = os.urandom(1 << 20)
    with Origin(answer) as origin:
        got = curl("--header", "Transfer-Encoding: chunked", "--data-binary", "@-", start(origin).url(), stdin=body)
        assert digest(got.output) == digest(body)
        assert origin.last.fields.get("Transfer-Encoding") == "chunked"


def test_a_file_that_was_put_comes_back_unchanged(start, nginx, authority):
    body = os.urandom(3 << 20)
    proxy = start(nginx, tls=True)
    url = proxy.url("/stored", "https")
    assert curl("--cacert", authority.ca_file, "--upload-file", "-", url, stdin=body).status == 0
    assert digest(curl("--cacert", authority.ca_file, url).output) == digest(body)


def test_curl_uses_one_connection_for_two_urls(start, origin, authority):
    proxy = start(origin, tls=True)
    for listener in ("http", "https"):
        got = curl("--verbose", "--cacert", authority.ca_file, proxy.url("/1", listener), proxy.url("/2", listener))
        assert "Re-using existing connection" in got.errors
        m = proxy.idle_metrics()
        assert m.total("gladhand_connections_total", side="client", name=listener) == 1
    assert [request.target for request in origin.requests] == ["/1", "/2"] * 2


def test_ten_curls_at_once_are_all_served(start, nginx, authority):
    proxy = start(nginx, tls=True, server={"workers": 2})
    running = [start_curl("--cacert", authority.ca_file, proxy.url("/hello", "https")) for _ in range(10)]
    assert [process.communicate()[0] for process in running] == [b"hello\n"] * 10


def test_a_head_of_thirty_kilobytes_passes(start, origin):
    proxy = start(origin)
    value = "v" * 30_000
    got = curl("--header", f"X-Large: {value}", proxy.url())
    assert got.text == "ok"
    assert origin.last.fields.get("X-Large") == value
