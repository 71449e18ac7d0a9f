"""`gladhand forward`: a forward proxy without a file."""

import subprocess

import pytest

from support.commands import curl
from support.node import Script
from support.origin import Origin
from support.ports import free_port
from support.process import Process, eventually, run_binary

OPEN = "open proxy"


class Forward(Process):
    def __init__(self, directory, *options, host="127.0.0.1"):
        self.port = free_port()
        super().__init__(["forward", "--listen", f"{host}:{self.port}", "--admin", "off", *map(str, options)], directory)
        eventually(self._is_up, "it says how to use it")

    def _is_up(self):
        assert self.is_running(), self.errors
        return "use it: curl" in self.errors

    def curl(self, url, *options, scheme="http"):
        """(status of the proxy's answer to CONNECT, of the answer, the body)"""
        got = curl("--proxy", f"{scheme}://127.0.0.1:{self.port}", "--write-out", "\n%{http_connect} %{http_code}", *options, url)
        body, _, codes = got.text.rpartition("\n")
        return *map(int, codes.split()), body


@pytest.fixture
def forward(tmp_path):
    """`forward(OPTION...)` starts one; all are stopped, and must end well."""
    started = []

    def start(*options, **more):
        started.append(Forward(tmp_path, *options, **more))
        return started[-1]
    yield start
    for process in started:
        process.stop()


@pytest.fixture
def users(tmp_path):
    path = tmp_path / "users"
    subprocess.run(["htpasswd", "-c", "-b", "-B", "-C", "4", path, "walter", "secret"], check=True, capture_output=True)
    return path


def url(origin, host="127.0.0.1"):
    return f"http://{host}:{origin.port}/"


def test_it_fetches_and_tunnels_and_says_how_to_ask_it(forward, origin):
    proxy = forward("--allow", "127.0.0.1:*")
    assert f"use it: curl -x http://127.0.0.1:{proxy.port} URL" in proxy.errors
    assert OPEN not in proxy.errors
    assert proxy.curl(url(origin)) == (0, 200, "ok")
    assert proxy.curl(url(origin), "--proxytunnel") == (200, 200, "ok")
    assert proxy.curl(url(origin, "localhost")) == (0, 200, "ok")


def test_by_default_private_addresses_and_unusual_ports_are_denied(forward, origin):
    proxy = forward()
    assert "clients may reach *, but not private;" in proxy.errors
    assert proxy.curl(url(origin))[1] == 403
    assert proxy.curl(url(origin), "--proxytunnel")[0] == 403
    assert proxy.curl("http://localhost/")[1] == 403
    assert proxy.curl("http://no-such-host.invalid/")[1] == 502, "allowed, were it there"
    assert proxy.curl("http://no-such-host.invalid:81/")[1] == 403


def test_allow_replaces_the_default_and_may_be_given_again(forward, origin):
    with Origin() as other, Origin() as third:
        proxy = forward("--allow", f"127.0.0.1:{origin.port}", "--allow", f"[::1]:{other.port}", "--allow", f"127.0.0.1:{other.port}")
        assert proxy.curl(url(origin))[1] == proxy.curl(url(other))[1] == 200
        assert proxy.curl(url(third))[1] == 403
        assert proxy.curl("http://no-such-host.invalid/")[1] == 403


def test_deny_adds_to_private_and_none_takes_it_away(forward, origin):
    proxy = forward("--allow", "*:*", "--deny", "denied.example")
    assert "but not private, denied.example;" in proxy.errors
    assert proxy.curl(url(origin))[1] == 403
    proxy = forward("--allow", "*:*", "--deny", "none")
    assert "but not" not in proxy.errors
    assert proxy.curl(url(origin))[1] == 200
    proxy = forward("--allow", "*:*", "--deny", "none", "--deny", "localhost")
    assert proxy.curl(url(origin))[1] == 200 and proxy.curl(url(origin, "localhost"))[1] == 403


def test_users_of_the_file_may_ask_and_nobody_else(forward, origin, users):
    proxy = forward("--allow", "127.0.0.1:*", "--auth", users)
    assert "use it: curl --proxy-user NAME -x" in proxy.errors
    assert proxy.curl(url(origin), "--proxy-user", "walter:secret") == (0, 200, "ok")
    assert proxy.curl(url(origin), "--proxy-user", "walter:secret", "--proxytunnel") == (200, 200, "ok")
    assert proxy.curl(url(origin), "--proxy-user", "walter:wrong")[1] == 407
    assert proxy.curl(url(origin), "--proxytunnel")[0] == 407


def test_clients_reach_it_over_TLS(forward, origin):
    proxy = forward("--allow", "127.0.0.1:*", "--self-signed")
    assert f"use it: curl --proxy-insecure -x https://127.0.0.1:{proxy.port} URL" in proxy.errors
    assert proxy.curl(url(origin), "--proxy-insecure", scheme="https") == (0, 200, "ok")
    assert proxy.curl(url(origin), "--proxy-insecure", "--proxytunnel", scheme="https") == (200, 200, "ok")
    assert curl("--proxy", f"http://127.0.0.1:{proxy.port}", url(origin)).text != "ok"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_clients_of_HTTP_2_tunnel_through_a_shared_connection(forward, origin, scheme):
    proxy = forward("--allow", "127.0.0.1:*", *["--self-signed"] * (scheme == "https"))
    with Script("http2_tunnels.js", f"{scheme}://127.0.0.1:{proxy.port}", f"127.0.0.1:{origin.port}") as client:
        (status, text), (denied, _) = client.word()
    assert status == 200 and text.startswith("HTTP/1.1 200 ") and text.endswith("ok"), text
    assert denied == 403


@pytest.mark.parametrize("host", ["0.0.0.0", ""])
def test_an_open_proxy_is_warned_of(forward, host):
    assert OPEN in forward(host=host).errors


def test_nobody_is_warned_of_a_proxy_that_asks_who_they_are(forward, users):
    assert OPEN not in forward("--auth", users, host="0.0.0.0").errors


@pytest.mark.parametrize("options, option, message, cure", [
    (["--allow", "https://example.com"], "--allow", "it has a scheme", 'did you mean "example.com"?'),
    (["--allow", "ok.example", "--allow", "private"], "--allow", "`private` stands only in `deny`", "name the networks"),
    (["--allow", ""], "--allow", "it has no host", 'did you mean "*"?'),
    (["--deny", "a.*"], "--deny", "a * stands only for", 'write "*.example.com"'),
    (["--listen", "127.0.0.1:x"], "--listen", "`x` is not a port", "0 to 65535"),
    (["--admin", "9900"], "--admin", "`9900` is not an address", "")])
def test_what_is_wrong_is_said_of_its_option(tmp_path, options, option, message, cure):
    done = run_binary("forward", *options, cwd=tmp_path)
    assert done.returncode == 2 and done.stdout == ""
    assert f"--> {option}\n" in done.stderr and message in done.stderr and cure in done.stderr, done.stderr
    assert "1 error\n" in done.stderr


@pytest.mark.parametrize("text, message", [(None, "No such file"), ("walter:secret\n", "line 1 of")])
def test_a_file_of_users_that_cannot_be_used_ends_the_start(tmp_path, text, message):
    if text:
        (tmp_path / "users").write_text(text)
    done = run_binary("forward", "--listen", f"127.0.0.1:{free_port()}", "--admin", "off", "--auth", "users", cwd=tmp_path)
    assert done.returncode == 3 and done.stdout == ""
    assert "--> --auth\n" in done.stderr and message in done.stderr, done.stderr


def test_an_empty_name_of_a_file_does_not_open_the_proxy(tmp_path):
    done = run_binary("forward", "--listen", f"127.0.0.1:{free_port()}", "--admin", "off", "--auth", "", cwd=tmp_path)
    assert done.returncode == 2 and "--auth" in done.stderr


def test_a_taken_port_is_said_of_its_option(tmp_path, forward):
    done = run_binary("forward", "--listen", f"127.0.0.1:{forward().port}", "--admin", "off", cwd=tmp_path)
    assert done.returncode == 3 and "--> --listen\n" in done.stderr and "in use" in done.stderr, done.stderr


def test_help_tells_the_defaults(tmp_path):
    text = " ".join(run_binary("forward", "--help", cwd=tmp_path).stdout.split())
    for part in ("127.0.0.1:3128", "instead of `*`", "80 and 443", "`none` takes `private` away", "htpasswd -B", "`off` for nowhere"):
        assert part in text
