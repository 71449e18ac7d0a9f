"""How bodies, interim responses and trailers pass, and when."""

import pytest

from support.http1 import Truncated, Wire, chunked, response
from support.process import PATIENCE


@pytest.fixture
def pair(start, scripted_origin):
    """A client's wire, and a function that accepts the proxy at the origin."""
    proxy = start(scripted_origin)
    with Wire.connect(proxy.http) as client:
        yield client, scripted_origin.accept


def test_an_expectation_reaches_the_origin_before_any_body(pair):
    client, accept = pair
    client.send("POST / HTTP/1.1\r\nHost: a.test\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
    with accept() as origin:
        head = origin.read_request_head()
        assert head.fields.get("Expect") == "100-continue"
        assert client.is_silent(0.05), "the proxy must not answer for the origin"
        origin.send("HTTP/1.1 100 Continue\r\n\r\n")
        assert client.read_response_head().status == 100
        client.send("hello")
        origin.read_body(head)
        assert head.body == b"hello"
        origin.send(response())
        assert client.read_response().body == b"ok"


def test_an_expectation_that_the_origin_refuses_ends_without_a_body(pair):
    client, accept = pair
    client.send("POST / HTTP/1.1\r\nHost: a.test\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
    with accept() as origin:
        origin.read_request_head()
        origin.send(response(b"no", "417 Expectation Failed"))
        assert client.read_response().status == 417


def test_an_early_answer_reaches_the_client_while_it_still_uploads(pair):
    client, accept = pair
    client.send("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1000000\r\n\r\n" + "x" * 1000)
    with accept() as origin:
        origin.read_request_head()
        origin.send(response(b"enough", "413 Content Too Large", "Connection: close"))
        got = client.read_response()
    assert (got.status, got.body) == (413, b"enough")


def test_a_connection_whose_upload_was_cut_by_an_early_answer_is_not_reused_for_the_next_request(start, scripted_origin):
    proxy = start(scripted_origin)
    with Wire.connect(proxy.http) as client:
        client.send("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1000000\r\n\r\n" + "x" * 1000)
        with scripted_origin.accept() as first:
            first.read_request_head()
            first.send(response(b"enough"))
            assert client.read_response().body == b"enough"
            client.close()
            with Wire.connect(proxy.http) as other:
                other.get("/second")
                with scripted_origin.accept() as second:
                    assert second.read_request().target == "/second"
                    second.send(response())
                    assert other.read_response().status == 200


def test_early_hints_pass_before_the_final_response(pair):
    client, accept = pair
    client.get()
    with accept() as origin:
        origin.read_request()
        origin.send("HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n")
        hint = client.read_response_head()
        assert (hint.status, hint.fields.get("Link")) == (103, "</style.css>; rel=preload")
        origin.send(response())
        assert client.read_response().status == 200


def test_interim_responses_are_not_for_clients_of_http_1_0(pair):
    client, accept = pair
    client.send("GET / HTTP/1.0\r\nHost: a.test\r\n\r\n")
    with accept() as origin:
        origin.read_request()
        origin.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + response())
        got = client.read_response()
    assert (got.status, got.interim) == (200, [])


def test_trailers_pass_in_both_directions(pair):
    client, accept = pair
    client.send(b"POST / HTTP/1.1\r\nHost: a.test\r\nTE: trailers\r\nTrailer: X-Up\r\nTransfer-Encoding: chunked\r\n\r\n"
                + chunked(b"up", trailers=["X-Up: 1"]))
    with accept() as origin:
        request = origin.read_request()
        assert (request.body, request.trailers) == (b"up", [("X-Up", "1")])
        assert request.fields.get("TE") == "trailers"
        origin.send(b"HTTP/1.1 200 OK\r\nTrailer: X-Back\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + chunked(b"back", trailers=["X-Back: 2"]))
        got = client.read_response()
    assert (got.body, got.trailers) == (b"back", [("X-Back", "2")])


def test_chunks_pass_as_they_come_and_not_when_the_body_is_whole(pair):
    client, accept = pair
    client.send("POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
    with accept() as origin:
        origin.read_request_head()
        assert origin.receive().endswith(b"abc\r\n")
        origin.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nxyz\r\n")
        client.read_response_head()
        assert client.receive().endswith(b"xyz\r\n")
        client.send("0\r\n\r\n")
        assert origin.receive() == b"0\r\n\r\n"
        origin.send("0\r\n\r\n")
        assert client.receive() == b"0\r\n\r\n"


def test_a_body_that_ends_with_the_upstreams_connection_arrives_whole(pair):
    client, accept = pair
    client.get()
    with accept() as origin:
        origin.read_request()
        origin.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall of it")
    assert client.read_response().body == b"all of it"


@pytest.mark.parametrize("framing", ["Content-Length: 10\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n5\r\nabc"])
def test_a_body_that_is_cut_short_looks_cut_short_to_the_client(pair, framing):
    client, accept = pair
    client.get()
    with accept() as origin:
        origin.read_request()
        origin.send(f"HTTP/1.1 200 OK\r\n{framing}")
        head = client.read_response_head()
        origin.close()
    assert head.status == 200
    with pytest.raises(Truncated):
        client.read_body(head)


def test_pipelined_requests_are_answered_in_order(start, origin):
    origin.answer = lambda request, wire: response(request.target.encode())
    proxy = start(origin)
    with Wire.connect(proxy.http) as client:
        client.send("".join(f"GET /{n} HTTP/1.1\r\nHost: a.test\r\n\r\n" for n in range(50)))
        assert [client.read_response().body for _ in range(50)] == [b"/%d" % n for n in range(50)]


def test_a_request_that_comes_byte_by_byte_is_served(start, origin):
    proxy = start(origin)
    text = b"POST /slow HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(b"hello", trailers=["X-T: 1"])
    with Wire.connect(proxy.http) as client:
        for byte in text:
            client.send(bytes([byte]))
        assert client.read_response().status == 200
    assert (origin.last.body, origin.last.trailers) == (b"hello", [("X-T", "1")])


def test_a_client_that_half_closes_after_its_request_still_gets_the_answer(pair):
    client, accept = pair
    client.get()
    client.half_close()
    with accept() as origin:
        origin.read_request()
        origin.send(response(b"late"))
        assert client.read_response().body == b"late"


def test_a_client_that_leaves_takes_its_upstream_request_with_it(pair):
    client, accept = pair
    client.get()
    with accept() as origin:
        origin.read_request()
        client.reset()
        origin.sock.settimeout(PATIENCE)
        assert origin.is_at_end()


def test_a_connection_is_closed_after_as_many_requests_as_are_allowed(start, origin):
    proxy = start(origin, listener={"limits": {"connection_requests": 3}})
    with Wire.connect(proxy.http) as client:
        for _ in range(3):
            client.get()
            got = client.read_response()
        assert got.fields.get("Connection").lower() == "close"
        assert client.is_at_end()
