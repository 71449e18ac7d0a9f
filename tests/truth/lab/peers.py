"""What clients and origins of several cases do."""

import base64
import hashlib
import ssl
import time

from support.http1 import response
from support.tls import SlowTls

from .stage import REQUEST

TLS_1_2, TLS_1_3 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


def only(version, authority):
    """What a client connects with that speaks no other version."""
    return authority.client_context(oldest=version, newest=version)


def answer_later(request, wire):
    time.sleep(0.08)
    return response()


def far_tls(stage, version=TLS_1_3, answer=None, **options):
    """An origin across the link, and what `reverse` needs to trust it."""
    context = stage.authority.server_context(stage.authority.far)
    context.minimum_version = context.maximum_version = version
    return stage.far_origin(answer, tls=context, **options), {"tls": {"ca": str(stage.authority.ca_file)}}


def answer_upgrade(request, wire):
    """What an origin answers, which then waits for the client to leave."""
    time.sleep(0.05)
    key = request.fields.get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 section 1.3
    accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
    wire.send(f"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {accept}\r\n\r\n")
    wire.receive_all()


UPGRADE = ("GET /chat HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")


def upgrade(stage):
    with stage.wire() as wire:
        wire.send(UPGRADE)
        assert wire.receive().startswith(b"HTTP/1.1 101")
        time.sleep(0.05)


def tunnelled_request(stage, origin, before_finished=0):
    """TLS inside CONNECT, from the namespace of whoever calls."""
    target = origin.endpoint.removeprefix("https://").replace("localhost", "127.0.0.1")
    with stage.wire() as wire:
        wire.send(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n")
        assert wire.receive().startswith(b"HTTP/1.1 200")
        client = SlowTls(None, only(TLS_1_3, stage.authority), wire=wire)
        client.shake_hands(before_hello=0.04, before_finished=before_finished)
        assert client.request(REQUEST).startswith(b"HTTP/1.1 200")
