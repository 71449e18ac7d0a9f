"""A configuration after another, under real clients: nothing that the new one permits is closed."""

import http.client
import json
import os
import re
import shutil
import signal
import ssl
import time

import pytest

from support.commands import command, start_command
from support.http1 import Wire, response
from support.node import Script, Server
from support.origin import Origin
from support.ports import free_port
from support.process import IS_SANITIZED, PATIENCE, eventually, run_binary

RELOADS = 50


class Named(Origin):
    """Answers with its own name."""

    def __init__(self, name):
        super().__init__(lambda request, wire: response(name.encode()))


@pytest.fixture
def blue():
    with Named("blue") as origin:
        yield origin


@pytest.fixture
def green():
    with Named("green") as origin:
        yield origin


def rewrite(proxy, *changes):
    """The configuration with some of its text exchanged, put in place as an editor would."""
    text = proxy.config.read_text()
    for old, new in changes:
        assert old in text, text
        text = text.replace(old, new)
    replace(proxy.config, text)


def replace(path, text):
    new = path.with_name(path.name + ".new")
    new.write_text(text)
    os.replace(new, path)


def reloads(proxy, result="ok"):
    return proxy.metrics().total("gladhand_config_reloads_total", result=result)


def hang_up(proxy):
    """By signal; until it has happened."""
    before = reloads(proxy)
    proxy.signal(signal.SIGHUP)
    eventually(lambda: reloads(proxy) == before + 1, "the configuration was read anew")


def post(proxy, method="POST", path="/api/v1/reload", **fields):
    connection = http.client.HTTPConnection("127.0.0.1", proxy.admin.port, timeout=PATIENCE)
    try:
        connection.request(method, path, headers=fields)
        reply = connection.getresponse()
        return reply.status, reply.read().decode()
    finally:
        connection.close()


def by_command(proxy):
    return run_binary("reload", "--admin", f"127.0.0.1:{proxy.admin.port}")


def ask(wire, path="/"):
    wire.get(path)
    return wire.read_response().body.decode()


def serial_shown(proxy, authority):
    with Wire.connect(proxy.https, authority.client_context()) as wire:
        return wire.sock.getpeercert()["serialNumber"]


# ---- how it is asked for


def test_by_a_signal_the_next_request_on_an_open_connection_goes_elsewhere(start, blue, green):
    proxy = start(blue)
    with Wire.connect(proxy.http) as wire:
        assert ask(wire) == "blue"
        rewrite(proxy, (blue.endpoint, green.endpoint))
        hang_up(proxy)
        assert ask(wire) == "green"
    m = proxy.idle_metrics(2)
    assert (m.received, m.responses, m.resets) == (2, 2, 0)
    assert m.total("gladhand_connections_total", side="client") == 1
    assert m.total("gladhand_http_responses_total", status_class="2xx") == 2, "counters go on"


def test_by_a_request_to_the_admin_listener(start, blue, green):
    proxy = start(blue)
    rewrite(proxy, (blue.endpoint, green.endpoint))
    status, body = post(proxy)
    assert (status, json.loads(body)) == (200, {"result": "ok", "unchanged": []})
    with Wire.connect(proxy.http) as wire:
        assert ask(wire) == "green"
    assert post(proxy, "GET")[0] == 405
    assert post(proxy, "DELETE")[0] == 405
    assert post(proxy, "POST", "/metrics")[0] == 405
    assert post(proxy, Host="elsewhere.example")[0] == 403
    for origin in ("https://elsewhere.example", f"http://198.51.100.7:{proxy.admin.port}", f"http://127.0.0.1:{proxy.http}", "null"):
        assert post(proxy, Origin=origin)[0] == 403, origin
    assert post(proxy, Origin=f"http://127.0.0.1:{proxy.admin.port}")[0] == 200
    assert reloads(proxy) == 2


def test_by_a_command(start, blue, green):
    proxy = start(blue)
    rewrite(proxy, (blue.endpoint, green.endpoint))
    done = by_command(proxy)
    assert (done.returncode, done.stdout, done.stderr) == (0, "the configuration was reloaded\n", "")
    with Wire.connect(proxy.http) as wire:
        assert ask(wire) == "green"
    nobody = run_binary("reload", "--admin", f"127.0.0.1:{free_port()}")
    assert nobody.returncode == 3 and "nobody answers" in nobody.stderr


def test_a_file_that_is_wrong_changes_nothing_and_everybody_is_told(start, blue):
    proxy = start(blue)
    good = proxy.config.read_text()
    first = proxy.metrics()
    assert first.total("gladhand_config_last_reload_successful") == 1
    assert abs(first.total("gladhand_config_last_reload_success_timestamp_seconds") - time.time()) < 2 * PATIENCE
    with Wire.connect(proxy.http) as wire:
        assert ask(wire) == "blue"
        rewrite(proxy, ("address", "adress"))
        done = by_command(proxy)
        assert done.returncode == 1 and done.stdout == ""
        assert "did you mean `address`?" in done.stderr and "--> gladhand.toml:" in done.stderr
        assert done.stderr.endswith("the running configuration was not changed\n")
        status, body = post(proxy)
        assert status == 422 and json.loads(body)["errors"][0]["code"] == "E012"
        assert "did you mean `address`?" in proxy.errors and "the running configuration was not changed" in proxy.errors
        assert ask(wire) == "blue"
    m = proxy.metrics()
    assert m.total("gladhand_config_last_reload_successful") == 0
    assert m.total("gladhand_config_reloads_total", result="failed") == 2
    replace(proxy.config, good)
    assert by_command(proxy).returncode == 0
    assert proxy.metrics().total("gladhand_config_last_reload_successful") == 1


def test_what_cannot_change_is_named(start, blue):
    proxy = start(blue)
    rewrite(proxy, ("workers = 1", "workers = 2"))
    done = by_command(proxy)
    assert done.returncode == 0 and "server.workers cannot change while the program runs" in done.stdout
    assert "server.workers cannot change" in proxy.errors
    assert proxy.metrics().total("gladhand_workers") == 1


# ---- what stays open


def vary(proxy, n):
    """The nth configuration: other routes every time, and every few times upstreams whose connections cannot be kept."""
    text = proxy.config.read_text()
    if n % 5 == 4:
        text = re.sub(r"(?m)^max_pending = \d+\n", "", text)
        text = re.sub(r"(?m)^(\[upstream\.\w+\])$", rf"\1\nmax_pending = {1000 + n}", text)
    old, new = ("app", "spare") if n % 2 == 0 else ("spare", "app")
    assert f'upstream = "{old}"' in text
    replace(proxy.config, text.replace(f'upstream = "{old}"', f'upstream = "{new}"'))


class Load:
    """h2load, again and again until its end: none of its requests may fail."""

    COUNT = 1_000 if IS_SANITIZED else 10_000

    def __init__(self, url, *options):
        self._command = ("h2load", f"-n{self.COUNT}", "-c8", "-m4", "-t1", *options, url)
        self._running = None
        self.succeeded = 0

    def go_on(self):
        if self._running and self._running.poll() is not None:
            self.end()
        self._running = self._running or start_command(*self._command)

    def end(self):
        out, _ = self._running.communicate(timeout=6 * PATIENCE)
        assert f"{self.COUNT} succeeded, 0 failed, 0 errored, 0 timeout" in out.decode(), out.decode()
        self.succeeded += self.COUNT
        self._running = None


@pytest.mark.parametrize("listener", ["http", "https"])
def test_under_load_no_request_fails_and_no_websocket_closes(start, nginx, listener):
    with Server("websocket_echo.js") as echo:
        proxy = start(tls=True, server={"workers": 2}, upstreams={
            "app": {"endpoints": [nginx.endpoint]}, "spare": {"endpoints": [nginx.endpoint]}, "chat": {"endpoints": [echo.endpoint]},
        }, routes=[{"match": {"path": "/ws"}, "upstream": "chat"}, {"upstream": "app"}])
        with Script("websocket_crowd.js", proxy.url("/ws").replace("http", "ws", 1), 20) as crowd:
            assert crowd.line() == "open"
            load = Load(proxy.url("/hello", listener), *(["--h1"] if listener == "http" else []))
            for n in range(RELOADS):
                load.go_on()
                vary(proxy, n)
                assert by_command(proxy).returncode == 0, proxy.errors
                crowd.say("?")
                seen = crowd.word()
                assert (seen["open"], seen["closed"]) == (20, 0)
            load.end()
            crowd.say("?")
            crowd.word()
            eventually(lambda: (crowd.say("?"), crowd.word()["echoed"] > 0)[1], "every WebSocket still talks")
    m = proxy.metrics()
    assert m.total("gladhand_config_reloads_total", result="ok") == RELOADS
    assert m.total("gladhand_http_exchanges_reset_total", error="internal") == 0
    assert m.total("gladhand_http_responses_total", status_class="2xx") == load.succeeded
    assert m.total("gladhand_http_responses_total", status_class="5xx") == 0


def test_old_configurations_do_not_pile_up(start, blue):
    proxy = start(blue)

    def reload(times):
        for n in range(times):
            text = re.sub(r"(?m)^max_pending = \d+\n", "", proxy.config.read_text())
            replace(proxy.config, text.replace("[upstream.app]\n", f"[upstream.app]\nmax_pending = {1000 + n}\n"))
            assert by_command(proxy).returncode == 0
            with Wire.connect(proxy.http) as wire:
                assert ask(wire) == "blue"
    reload(5)
    eventually(lambda: proxy.open_files() < 40)
    files, memory = proxy.open_files(), proxy.resident_bytes()
    reload(60)
    eventually(lambda: proxy.open_files() <= files + 2, "connections of old configurations are closed")
    assert IS_SANITIZED or proxy.resident_bytes() < memory + 4 * 1024 * 1024


# ---- addresses


def test_an_address_comes_and_goes(start, blue):
    proxy = start(blue)
    more = free_port()
    good = proxy.config.read_text()
    with Wire.connect(proxy.http) as kept:
        assert ask(kept) == "blue"
        rewrite(proxy, ("[[route]]", f'[[listener]]\nname = "more"\naddress = "127.0.0.1:{more}"\n\n[[route]]'))
        hang_up(proxy)
        with Wire.connect(more) as wire:
            assert ask(wire) == "blue"
            assert proxy.metrics().total("gladhand_http_requests_received_total", listener="more") == 1
            replace(proxy.config, good)
            hang_up(proxy)
            assert wire.is_at_end()
        with pytest.raises(ConnectionError):
            Wire.connect(more)
        assert not proxy.metrics().each("gladhand_http_requests_received_total", listener="more")
        assert ask(kept) == "blue"


def test_an_address_that_is_taken_changes_nothing(start, blue, green):
    proxy = start(blue)
    rewrite(proxy, ("[[route]]", f'[[listener]]\naddress = "127.0.0.1:{green.port}"\n\n[[route]]'))
    done = by_command(proxy)
    assert done.returncode == 1 and "E052" in done.stderr
    with Wire.connect(proxy.http) as wire:
        assert ask(wire) == "blue"


# ---- files


def test_a_certificate_that_is_renewed_is_shown_without_being_asked_for(start, blue, authority, tmp_path):
    old, new = authority.issue("renewed-1", "localhost"), authority.issue("renewed-2", "localhost")
    for name, path in (("web.pem", old.cert), ("web.key", old.key)):
        shutil.copy(path, tmp_path / name)
    proxy = start(blue, tls={"certificates": ["web"]}, certificates={"web": type(old)(tmp_path / "web.pem", tmp_path / "web.key")})
    first = serial_shown(proxy, authority)
    until = proxy.metrics().total("gladhand_certificate_not_after_timestamp_seconds", certificate="web")
    assert abs(until - time.time() - 7 * 86_400) < 3_600
    with Wire.connect(proxy.https, authority.client_context()) as kept:
        assert ask(kept) == "blue"
        # Half of it changes nothing but a counter.
        replace(tmp_path / "web.pem", new.cert.read_text())
        eventually(lambda: proxy.metrics().total("gladhand_certificate_reloads_total", result="failed") == 1)
        assert serial_shown(proxy, authority) == first
        assert proxy.errors.count("does not belong to the certificate") == 1
        replace(tmp_path / "web.key", new.key.read_text())
        eventually(lambda: serial_shown(proxy, authority) != first, "the new certificate is shown")
        assert ask(kept) == "blue"
    m = proxy.metrics()
    assert m.total("gladhand_certificate_reloads_total", result="ok") == 1
    assert m.total("gladhand_config_reloads_total") == 0


def test_a_secret_of_kubernetes_is_swapped_by_its_link(start, blue, authority, tmp_path):
    volume = tmp_path / "secret"
    for number in ("1", "2"):
        made = authority.issue(f"secret-{number}", "localhost")
        (volume / f"..{number}").mkdir(parents=True)
        shutil.copy(made.cert, volume / f"..{number}" / "tls.crt")
        shutil.copy(made.key, volume / f"..{number}" / "tls.key")
    (volume / "..data").symlink_to("..1")
    for name in ("tls.crt", "tls.key"):
        (volume / name).symlink_to(f"..data/{name}")
    proxy = start(blue, tls={"certificates": ["web"]}, certificates={"web": type(made)(volume / "tls.crt", volume / "tls.key")})
    first = serial_shown(proxy, authority)
    (volume / "..tmp").symlink_to("..2")
    os.replace(volume / "..tmp", volume / "..data")
    eventually(lambda: serial_shown(proxy, authority) != first, "the new certificate is shown")
    assert proxy.metrics().total("gladhand_certificate_reloads_total", result="failed") == 0


def test_users_of_a_forward_proxy_come_and_go(start, blue, tmp_path):
    users = tmp_path / "users"

    def let_in(name):
        command("htpasswd", "-cbB", "-C", "4", users, name, "secret")

    let_in("ann")
    proxy = start(forward={"allow": ["127.0.0.1:*"], "deny": [], "auth": str(users)})

    def status(name):
        return command("curl", "-q", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-x", f"http://{name}:secret@127.0.0.1:{proxy.http}", blue.endpoint).text
    assert (status("ann"), status("bob")) == ("200", "407")
    let_in("bob")
    eventually(lambda: (status("ann"), status("bob")) == ("407", "200"), "bob is known, and nobody else")
