"""What a case is played on: one Gladhand, its near and far peers, the link between them, and what was seen."""

import contextlib
import itertools
import time
from dataclasses import dataclass

from support.commands import command
from support.http1 import Wire
from support.metrics import Metrics
from support.origin import Origin
from support.proxy import Proxy, configuration
from support.tls import SlowTls

from .conversation import Conversation, conversations
from .link import DELAY, FAR, NEAR

REQUEST = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
_UNTIL_QUIET = 3  # one-way delays without a packet, after which nothing more is under way


@dataclass(frozen=True)
class Seen:
    conversation: Conversation  # across the link
    line: dict                  # of the access log
    before: Metrics
    after: Metrics


class Stage:
    def __init__(self, directory, far, link, capture, authority):
        self.far, self.link, self.authority = far, link, authority
        self.proxy = None
        self._directory, self._capture = directory, capture
        self._numbers = itertools.count(1)
        self._open = contextlib.ExitStack()
        self._delay = DELAY

    def close(self):
        self._open.close()

    # ---- who takes part

    def near_origin(self, answer=None, **options):
        return self._open.enter_context(Origin(answer, **options))

    def far_origin(self, answer=None, **options):
        return self._open.enter_context(self.far.run(lambda: Origin(answer, host=FAR, **options)))

    def reverse(self, origin, listener=None, **upstream):
        """A Gladhand before the origin; its listeners are those of `configuration`. `listener` adds to their tables."""
        endpoints = {"endpoints": [getattr(origin, "endpoint", origin)], **upstream}
        self._start([{"upstream": "app"}], {"app": endpoints}, listener=listener, tls={"certificates": ["web"]},
                    certificates={"web": self.authority.localhost})

    def forward(self):
        """A Gladhand that lets clients go to both ends of the link."""
        self._start([], {}, listener={"mode": "forward", "forward": {"allow": ["127.0.0.0/8:*", f"{FAR}/32:*"]}})

    def _start(self, routes, upstreams, **options):
        directory = self._directory / f"proxy-{next(self._numbers)}"
        directory.mkdir()
        text, ports, admin_port = configuration(routes, upstreams, host=NEAR, **options)
        self.proxy = Proxy(directory, text, ports, admin_port)
        self._open.callback(self.proxy.stop)
        self.proxy.wait_until_ready()
        self.begin()

    def file(self, name, text):
        """The path of a file that has this text now."""
        path = self._directory / name
        path.write_text(text)
        return str(path)

    def delay(self, seconds):
        """One way, for this case."""
        self._delay = seconds
        self.link.delay(seconds)
        self._open.callback(self.link.delay, DELAY)

    # ---- what peers do; near ones on loopback, far ones across the link

    def wire(self, listener="http"):
        """To Gladhand, from the namespace of whoever calls."""
        return Wire.connect(self.proxy.ports[listener], host=NEAR)

    def near_request(self, text=REQUEST):
        with self.wire() as wire:
            wire.send(text)
            return wire.read_response()

    def far_request(self, before_request=0, text=REQUEST):
        def go():
            with self.wire() as wire:
                time.sleep(before_request)
                wire.send(text)
                return wire.read_response()
        return self.far.run(go)

    def far_tls_request(self, context, before_hello=0, before_finished=0, before_request=0, session=None):
        """Returns the session, with the ticket that came."""
        def go():
            with SlowTls(None, context, wire=self.wire("https"), session=session) as client:
                client.shake_hands(before_hello, before_finished)
                time.sleep(before_request)
                assert client.request(REQUEST).startswith(b"HTTP/1.1 200")
                return client.session
        return self.far.run(go)

    def far_command(self, *words, stdin=b""):
        got = self.far.run(lambda: command(*words, stdin=stdin))
        assert got.status == 0, got.errors
        return got

    # ---- what is seen

    def begin(self):
        """What was before is not part of the case."""
        self._capture.packets(self._delay * _UNTIL_QUIET)
        self._capture.clear()
        self.link.dropped()
        self._lines = len(self.proxy.log_lines())
        self._before = self.proxy.metrics()

    def end(self):
        """What there was of one connection across the link, and of the one exchange on it."""
        *_, line = lines = self.proxy.log_lines(self._lines + 1)
        assert len(lines) == self._lines + 1, lines
        conversation, = conversations(self._capture.packets(self._delay * _UNTIL_QUIET))
        return Seen(conversation, line, self._before, self.proxy.metrics())
