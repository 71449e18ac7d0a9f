"""Origins that speak HTTP/2, over clear text by prior knowledge or over TLS."""

import contextlib
import select
import socket
import threading
import time

from .h2 import Server
from .h2_frames import Kind
from .process import PATIENCE


class ScriptedHttp2Origin:
    """Does nothing by itself: a test accepts each connection and plays the server's part frame by frame."""

    def __init__(self, tls=None, receive_buffer=None):
        self._tls = tls
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if receive_buffer:
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(128)
        self._listener.settimeout(PATIENCE)
        self._servers = []
        self.port = self._listener.getsockname()[1]
        self.endpoint = f"{'https' if tls else 'h2c'}://127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def accept(self, *settings, greets=True):
        sock, _ = self._listener.accept()
        if self._tls:
            sock = self._tls.wrap_socket(sock, server_side=True)
        server = Server(sock, settings, greets)
        self._servers.append(server)
        return server

    def next_request(self, *settings):
        """(server, stream) of the next request, on a connection that is open or on a new one."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            self._servers = [server for server in self._servers if server.sock.fileno() >= 0 and not server.is_ended]
            for server in self._servers:
                if server._unclaimed:
                    return server, server._unclaimed.popleft()
            ready, _, _ = select.select([self._listener, *(server.sock for server in self._servers)], [], [], 0.05)
            for server in list(self._servers):
                if server.sock in ready or server._unread or self._tls and server.sock.pending():
                    server.read_for(0)
            if self._listener in ready:
                self.accept(*settings)
        raise AssertionError("no request came")

    def stop(self):
        self._listener.close()
        for server in self._servers:
            server.close()


class Http2Origin:
    """Serves every request in a thread, by a function, and keeps the connections with all they received.

    `answer(server, stream)` is called with a whole request; by default it says 200 "ok". What a connection of the proxy did
    against the RFC is in `violations`.
    """

    def __init__(self, answer=None, settings=(), tls=None):
        self.answer = answer or (lambda server, stream: server.answer(stream))
        self.settings = settings
        self.servers = []
        self.violations = []
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self._listener.getsockname()[1]
        self.endpoint = f"{'https' if tls else 'h2c'}://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for server in self.servers:
            with contextlib.suppress(OSError):
                server.sock.shutdown(socket.SHUT_RDWR)

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        try:
            with contextlib.suppress(OSError):
                if self._tls:
                    sock = self._tls.wrap_socket(sock, server_side=True)
                server = Server(sock, self.settings)
                self.servers.append(server)
                with server:
                    self._serve_all(server)
        except AssertionError as trouble:
            self.violations.append(trouble)

    def _serve_all(self, server):
        answered = set()
        while not server.is_ended:
            with contextlib.suppress(TimeoutError):  # an idle connection is no failure
                got = server.read(3600)
                if got and got.kind == Kind.DATA and got.payload:
                    server.grant(len(got.payload))
                    if not server.streams[got.stream].is_over:
                        server.grant(len(got.payload), got.stream)
            for number, stream in list(server.streams.items()):
                if number not in answered and stream.is_ended:
                    answered.add(number)
                    self.answer(server, stream)
