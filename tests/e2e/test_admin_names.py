"""By which names the admin listener may be asked: health by any, everything else by its own."""

import http.client

import pytest

from support.ports import free_port
from support.process import run_binary


def ask(proxy, path, host):
    connection = http.client.HTTPConnection("127.0.0.1", proxy.admin.port, timeout=10)
    try:
        connection.request("GET", path, headers={"Host": host})
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.fixture(scope="module")
def proxy(start_for_module):
    return start_for_module("http://127.0.0.1:9", server={"admin_hosts": ["gladhand", "Proxy.Example.COM"]})


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/readyz?verbose"])
@pytest.mark.parametrize("host", ["10.2.3.4:9900", "load-balancer.example", "attacker.example:9900"])
def test_health_is_told_to_whoever_asks_by_whatever_name(proxy, path, host):
    assert ask(proxy, path, host) == 200


@pytest.mark.parametrize("path", ["/metrics", "/", "/api/v1/handshakes", "/nothing", "/livez/../metrics", "/readyzz"])
@pytest.mark.parametrize("host", ["attacker.example", "attacker.example:9900", "gladhand.attacker.example", "1.2.3.4.attacker.example", "127.1", "1.2.3.4.5"])
def test_everything_else_is_refused_to_names_that_are_not_ours(proxy, path, host):
    assert ask(proxy, path, host) == 403


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:1", "10.2.3.4:9900", "10.2.3.4", "[fd00::7]:9900", "gladhand", "GLADHAND:9900", "proxy.example.com"])
def test_addresses_and_configured_names_are_answered(proxy, host):
    assert ask(proxy, "/metrics", host) == 200


def test_the_name_that_it_listens_at_is_its_own(start):
    entries = [line.split() for line in open("/etc/hosts") if line.startswith("127.0.0.1")]
    names = [name for _, *names in entries for name in names if name != "localhost"]
    if not names:
        pytest.skip("this machine has no other name for itself")
    port = free_port()
    proxy = start("http://127.0.0.1:9", server={"admin": f"{names[0]}:{port}"}, is_ready=False)
    proxy.admin.port = port
    proxy.wait_until_ready()
    assert ask(proxy, "/metrics", names[0]) == 200
    assert ask(proxy, "/metrics", f"{names[0]}.example") == 403


@pytest.mark.parametrize("name", ["http://gladhand", "gladhand:9900", "glad hand", ""])
def test_what_is_no_host_name_is_refused_with_its_place(tmp_path, name):
    (tmp_path / "gladhand.toml").write_text(f"""[server]
admin_hosts = ["good.example", "{name}"]
[[listener]]
address = "127.0.0.1:0"
[[route]]
upstream = "http://127.0.0.1:9"
""")
    done = run_binary("validate", "-c", "gladhand.toml", cwd=tmp_path)
    assert done.returncode == 1 and done.stderr.count("error[") == 1 and "gladhand.toml:2:32" in done.stderr, done.stderr
