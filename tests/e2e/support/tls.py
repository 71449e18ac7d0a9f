"""A TLS client whose every flight can be held back: it moves the bytes between OpenSSL and the socket by hand."""

import ssl
import time

from .http1 import Wire


class SlowTls:
    def __init__(self, port, context, server_name="localhost", wire=None, session=None):
        """Connects to the port, unless there is a `wire` already."""
        self._wire = wire or Wire.connect(port)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_name, session=session)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._wire.close()

    def client_hello(self):
        """The bytes of the ClientHello, not sent yet."""
        assert not self._has_shaken_hands()
        return self._outgoing.read()

    def send(self, data):
        self._wire.send(data)

    def read_server_flight(self):
        """Takes the server's answer in, and returns the flight that follows, not sent yet."""
        while True:
            self._incoming.write(self._receive())
            is_done = self._has_shaken_hands()
            if flight := self._outgoing.read():
                return flight
            assert not is_done, "the handshake ended without a flight of the client"

    def finish(self):
        while not self._has_shaken_hands():
            self._incoming.write(self._receive())

    def shake_hands(self, before_hello=0, before_finished=0):
        time.sleep(before_hello)
        self.send(self.client_hello())
        flight = self.read_server_flight()
        time.sleep(before_finished)
        self.send(flight)
        self.finish()
        return self

    def request(self, text):
        """Sends it, and returns the first bytes of the answer."""
        self._tls.write(text.encode())
        self.send(self._outgoing.read())
        while True:
            try:
                return self._tls.read()
            except ssl.SSLWantReadError:
                self._incoming.write(self._receive())

    @property
    def session(self):
        """To be resumed; in TLS 1.3 there is one once something was read after the handshake."""
        return self._tls.session

    def reset(self):
        self._wire.reset()

    def is_at_end(self):
        return self._wire.is_at_end()

    def read_to_end(self):
        self._wire.receive_all()

    def _receive(self):
        data = self._wire.receive()
        assert data, "the server closed"
        return data

    def _has_shaken_hands(self):
        try:
            self._tls.do_handshake()
            return True
        except ssl.SSLWantReadError:
            return False
