"""A relay between generator and proxy that reads what TLS says in the clear.

It answers what configurations only promise: how many connections the generator really opened, what
was agreed on each, and whether it was resumed. In TLS 1.3 the ServerHello shows all of that (RFC 8446,
section 4.1.3): selected version, cipher suite, group of the key share, and a pre_shared_key extension
if and only if the session was resumed.
"""

import asyncio
import contextlib
import struct
import threading
from collections import Counter
from typing import NamedTuple

_CHUNK_BYTES = 65536
_HANDSHAKE_RECORD, _SERVER_HELLO = 22, 2
_PRE_SHARED_KEY, _SUPPORTED_VERSIONS, _KEY_SHARE = 41, 43, 51
_NAMES = {
    0x0303: "TLSv1.2", 0x0304: "TLSv1.3",
    0x1301: "TLS_AES_128_GCM_SHA256", 0x1302: "TLS_AES_256_GCM_SHA384", 0x1303: "TLS_CHACHA20_POLY1305_SHA256",
    0x0017: "P-256", 0x0018: "P-384", 0x001d: "X25519",
}


class Agreement(NamedTuple):
    version: str
    cipher: str
    group: str
    resumed: bool


class Tap:
    """`with Tap(port) as tap:` relays `tap.port` to `port` and counts."""

    def __init__(self, target_port):
        self._target_port = target_port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self.connections = 0
        self.agreements = Counter()

    def __enter__(self):
        self._thread.start()
        server = asyncio.start_server(self._relay, "127.0.0.1", 0, backlog=4096)
        server = asyncio.run_coroutine_threadsafe(server, self._loop).result()
        self.port = server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_):
        asyncio.run_coroutine_threadsafe(self._cancel_relays(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _cancel_relays(self):
        relays = asyncio.all_tasks() - {asyncio.current_task()}
        for relay in relays:
            relay.cancel()
        await asyncio.gather(*relays, return_exceptions=True)

    async def _relay(self, client_reader, client_writer):
        proxy_reader, proxy_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        self.connections += 1
        await asyncio.gather(self._pump(client_reader, proxy_writer),
                             self._pump(proxy_reader, client_writer, on_first=self._note))

    async def _pump(self, reader, writer, on_first=None):
        with contextlib.suppress(ConnectionError), contextlib.closing(writer):
            while chunk := await reader.read(_CHUNK_BYTES):
                if on_first:
                    on_first = on_first(chunk)
                writer.write(chunk)
                await writer.drain()

    def _note(self, first_bytes):
        if first_bytes[0] == _HANDSHAKE_RECORD:
            self.agreements[read_server_hello(first_bytes)] += 1


def read_server_hello(record):
    """The agreement in a TLS record that begins with a ServerHello."""
    # record type, version, length; message type, length; legacy version, random
    if record[5] != _SERVER_HELLO:
        return Agreement("not a ServerHello", "", "", False)
    at = 5 + 4 + 2 + 32
    at += 1 + record[at]  # session id
    cipher, at = _number(record, at), at + 2 + 1  # and the compression method
    end, at = at + 2 + _number(record, at), at + 2
    version, group, resumed = _number(record, 9), None, False
    while at < end:
        kind, size, value = _number(record, at), _number(record, at + 2), at + 4
        if kind == _SUPPORTED_VERSIONS:
            version = _number(record, value)
        elif kind == _KEY_SHARE:
            group = _number(record, value)
        elif kind == _PRE_SHARED_KEY:
            resumed = True
        at = value + size
    return Agreement(_name(version), _name(cipher), _name(group), resumed)


def _number(data, at):
    return struct.unpack_from("!H", data, at)[0]


def _name(code):
    return "none" if code is None else _NAMES.get(code, hex(code))
