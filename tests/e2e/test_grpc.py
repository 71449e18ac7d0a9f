"""gRPC by @grpc/grpc-js, which is all of HTTP/2 that HTTP/1 has not: calls in both directions at once, and trailers that count."""

import pytest

from support.h2 import Client
from support.h2_frames import Code, data, rst_stream
from support.h2_origin import Http2Origin, ScriptedHttp2Origin
from support.node import Script, Server
from support.ports import free_port
from support.process import SLACK

OK, CANCELLED, DEADLINE_EXCEEDED, FAILED_PRECONDITION, UNIMPLEMENTED, INTERNAL, UNAVAILABLE = 0, 1, 4, 9, 12, 13, 14
MIB = 1 << 20


class Talk:
    """A client, the proxy and a server, which outlive many calls."""

    def __init__(self, proxy, server, listener, authority):
        self.proxy, self.server, self.listener = proxy, server, listener
        address = f"localhost:{proxy.ports[listener]}"
        self._client = Script("grpc_client.js", address, *([authority.ca_file] if listener == "https" else []))

    def __call__(self, case, **about):
        return self._client.ask(case, **about)

    def stop(self):
        self._client.stop()


@pytest.fixture(scope="module")
def server():
    with Server("grpc_server.js", scheme="h2c") as server:
        yield server


@pytest.fixture(scope="module", params=["http", "https"])
def talk(request, start_for_module, server, authority):
    made = Talk(start_for_module(server, tls=True), server, request.param, authority)
    made("echo")  # so that whichever test comes first finds the channel open
    yield made
    made.stop()


def test_metadata_goes_both_ways_around_one_message(talk):
    seen = talk("echo")
    assert (seen["code"], seen["received"]) == (OK, "hello")
    assert seen["heard"] == "plain words"
    assert seen["heardBin"] == ["0001feff", "74776f"]
    assert seen["deadline"] == "true"
    assert seen["trailer"]["x-end-bin"] == "00ff0a0d"


def test_a_server_streams(talk):
    seen = talk("recite", count=1000)
    assert (seen["code"], seen["counts"]) == (OK, list(range(1, 1001)))
    assert seen["trailer"]["x-end-bin"] == "00ff0a0d"


def test_a_client_streams(talk):
    seen = talk("collect", count=1000)
    assert (seen["code"], seen["count"]) == (OK, 1000)
    assert seen["trailer"]["x-end-bin"] == "00ff0a0d"


def test_both_stream_and_nothing_is_held_back(talk):
    """Each message waits for the one before to have come back."""
    seen = talk("converse", count=200)
    assert (seen["code"], seen["counts"]) == (OK, list(range(1, 201)))
    assert seen["trailer"]["x-end-bin"] == "00ff0a0d"


@pytest.mark.parametrize("messages", [0, 3])
def test_an_error_reaches_the_client_whole(talk, messages):
    """Without a message before it, the status stands in the only head."""
    seen = talk("refuse", count=messages)
    assert (seen["code"], seen["details"]) == (FAILED_PRECONDITION, "nicht möglich: 100 %\nwirklich")
    assert seen["trailer"]["x-why-bin"] == "010002"
    assert len(seen["counts"]) == messages


def test_a_client_that_still_streams_hears_the_error(talk):
    seen = talk("reject", size=64 << 10)
    assert (seen["code"], seen["details"]) == (FAILED_PRECONDITION, "nicht möglich: 100 %\nwirklich")
    assert talk("echo")["code"] == OK


def test_a_mebibyte_goes_up_and_comes_back(talk):
    assert talk("large", size=MIB) == {"code": OK, "details": "OK", "isSame": True}


def test_a_client_that_cancels_is_heard_by_the_server(talk):
    seen = talk("cancel")
    assert (seen["code"], seen["received"]) == (CANCELLED, ".")
    assert talk.server.line() == "cancelled"


def test_a_deadline_ends_the_call_at_both_ends(talk):
    seen = talk("deadline", milliseconds=300 * SLACK)
    assert (seen["code"], seen["received"]) == (DEADLINE_EXCEEDED, ".")
    assert seen["took"] < 5000 * SLACK
    assert talk.server.line() == "cancelled"


def test_a_call_that_ends_well_is_not_given_up(talk):
    assert talk("wait", milliseconds=1)["code"] == OK
    assert talk("echo")["code"] == OK
    assert not talk.server.has_said_more()


def test_two_hundred_calls_share_a_channel(talk):
    before = connections(talk)
    seen = talk("crowd", count=200, milliseconds=50)
    assert (seen["good"], seen["codes"]) == (200, [OK])
    assert seen["most"] > 50, "they were not under way together"
    assert connections(talk) == before


def connections(talk):
    return talk.proxy.metrics().total("gladhand_connections_total", side="client", name=talk.listener)


def test_pings_are_answered_while_a_call_is_silent(talk):
    """The client pings each second, the server twice a second: either ends a connection that does not answer."""
    before = connections(talk)
    seen = talk("wait", milliseconds=2600)
    assert (seen["code"], seen["counts"]) == (OK, [1, 2])
    assert connections(talk) == before


# ---- what a gRPC server would not show

@pytest.fixture
def ask(start, authority):
    """Calls a server that answers by the function, and returns what the client saw."""
    def ask(answer, case="echo", **about):
        with Http2Origin(answer) as origin:
            talk = Talk(start(origin), None, "http", authority)
            try:
                return talk(case, **about)
            finally:
                talk.stop()
    return ask


def grpc_message(message):
    return b"\0" + len(message).to_bytes(4, "big") + message


def test_the_server_is_told_that_trailers_are_wanted(ask):
    heard = []

    def answer(server, stream):
        heard.append(stream.fields)
        server.answer(stream, b"", 200, ("content-type", "application/grpc"), ("grpc-status", "12"), ("grpc-message", "not%20here"))
    seen = ask(answer)
    assert (seen["code"], seen["details"]) == (UNIMPLEMENTED, "not here")
    assert heard[0].get("te") == "trailers"
    assert heard[0].get("grpc-timeout")


def test_a_call_that_is_reset_while_its_client_streams_does_not_look_whole(start):
    """Node's own client ends its half of a stream before it resets it, so this one is no client of grpc-js."""
    with ScriptedHttp2Origin() as origin, Client.connect(start(origin).http) as client:
        number = client.request(("content-type", "application/grpc"), end=False, method="POST")
        client.send(data(number, grpc_message(b"\x0a\x01.")))
        server, stream = origin.next_request()
        server.answer(stream, grpc_message(b"\x0a\x01."), 200, ("content-type", "application/grpc"), end=False)
        client.read_until(lambda: client.streams[number].body, "the first message")
        client.send(rst_stream(number))
        server.read_until(lambda: stream.reset is not None, "the reset")
        assert not stream.is_ended


@pytest.mark.parametrize("code", [Code.CANCEL, Code.INTERNAL_ERROR])
def test_a_server_that_resets_a_call_ends_it(ask, code):
    def answer(server, stream):
        server.answer(stream, grpc_message(b"\x0a\x01."), 200, ("content-type", "application/grpc"), end=False)
        server.send(rst_stream(stream.number, code))
    seen = ask(answer, "recite", count=2)
    assert seen["code"] in (CANCELLED, INTERNAL, UNAVAILABLE), seen


def test_a_server_that_is_not_there_is_unavailable(start, authority):
    proxy = start(f"h2c://127.0.0.1:{free_port()}")
    talk = Talk(proxy, None, "http", authority)
    try:
        assert talk("echo")["code"] == UNAVAILABLE
    finally:
        talk.stop()
