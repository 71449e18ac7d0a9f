"""One request of each kind, looked at closely. Each returns a sentence, or raises BenchError."""

import base64
import contextlib
import hashlib
import http.client
import os
import socket
import ssl
import subprocess

from servers import BODY_BYTES, ORIGIN_PORTS, POSTED_BYTES, BenchError

_SECONDS = 5
_MESSAGE_BYTES = 1024
_FINAL_BINARY, _MASKED, _LENGTH_IN_16_BITS = 0x82, 0x80, 126  # RFC 6455, section 5.2


def expect(fact, otherwise):
    if not fact:
        raise BenchError(otherwise)


def probe(port, scenario, site):
    try:
        return _PROBES[scenario.kind](port, scenario, site)
    except (OSError, http.client.HTTPException) as error:
        raise BenchError(f"no answer for {scenario.path}: {error}") from None


def posted_bytes():
    """Bytes of request bodies that have come to the origin so far."""
    connection = http.client.HTTPConnection("127.0.0.1", ORIGIN_PORTS["echo"], timeout=_SECONDS)
    return int(_answer(connection, "GET", "/received"))


def _probe_get(port, scenario, site):
    if scenario.is_h2:
        return _size_seen(_h2_body(scenario.url(port)), scenario)
    if scenario.tls:
        context = ssl.create_default_context(cafile=site.values["certificate"])
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=_SECONDS, context=context)
    else:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_SECONDS)
    return _size_seen(_answer(connection, "GET", scenario.path), scenario)


def _probe_post(port, scenario, _):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_SECONDS)
    received = _answer(connection, "POST", scenario.path, os.urandom(POSTED_BYTES)).decode()
    expect(received == str(POSTED_BYTES), f"the origin received {received} bytes of {POSTED_BYTES}")
    return f"{received} bytes posted"


def _probe_websocket(port, scenario, _):
    key = base64.b64encode(os.urandom(16)).decode()
    with socket.create_connection(("127.0.0.1", port), timeout=_SECONDS) as connection:
        connection.sendall(f"GET {scenario.path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                           f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode())
        stream = connection.makefile("rb")
        status = stream.readline().decode().strip()
        expect(status.startswith("HTTP/1.1 101 "), f"no WebSocket but: {status}")
        fields = http.client.parse_headers(stream)
        accept = base64.b64encode(hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest()).decode()
        expect(fields["Sec-WebSocket-Accept"] == accept, f"Sec-WebSocket-Accept: {fields['Sec-WebSocket-Accept']}")
        message, mask = os.urandom(_MESSAGE_BYTES), os.urandom(4)
        size = _MESSAGE_BYTES.to_bytes(2, "big")
        masked = bytes(octet ^ mask[at % 4] for at, octet in enumerate(message))
        connection.sendall(bytes((_FINAL_BINARY, _MASKED | _LENGTH_IN_16_BITS)) + size + mask + masked)
        echo = stream.read(4 + _MESSAGE_BYTES)
    expect(echo == bytes((_FINAL_BINARY, _LENGTH_IN_16_BITS)) + size + message, "the echo is not the message")
    return f"echo of {_MESSAGE_BYTES} bytes"


def _probe_connect(port, scenario, site):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_SECONDS)
    connection.set_tunnel("127.0.0.1", ORIGIN_PORTS[scenario.origin])
    body = _answer(connection, "GET", scenario.path)
    expect(body == (site.values["origin_files"] / scenario.path[1:]).read_bytes(), f"not the body of {scenario.path}")
    return f"{len(body)} bytes through a tunnel"


_PROBES = {"get": _probe_get, "post": _probe_post, "websocket": _probe_websocket, "connect": _probe_connect}


def _size_seen(body, scenario):
    expect(len(body) == BODY_BYTES[scenario.path], f"{len(body)} bytes of body for {scenario.path}")
    return f"{len(body)} bytes"


def _answer(connection, method, path, body=None):
    with contextlib.closing(connection):
        connection.request(method, path, body)
        response = connection.getresponse()
        body = response.read()
    expect(response.status == 200, f"status {response.status} for {path}")
    return body


def _h2_body(url):
    asked = subprocess.run(["curl", "-s", "--http2-prior-knowledge", "-w", "%{stderr}%{http_version} %{http_code}", url],
                           capture_output=True)
    expect(asked.stderr == b"2 200", f"HTTP {asked.stderr.decode()} for {url}")
    return asked.stdout
