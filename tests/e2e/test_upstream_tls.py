"""TLS towards upstreams, with nginx as the origin."""

import re

import pytest

from support.http1 import Wire
from support.origin import TlsNginx
from support.process import eventually, run_binary

UPSTREAM_TLS_PHASES = ["tls_server_reply", "tls_verify", "tls", "tls_compute"]


@pytest.fixture
def tls_origin(tmp_path, authority):
    """`tls_origin(certificate, ...)`: see TlsNginx. By default it is what it should be."""
    servers = []

    def start(certificate=authority.localhost, **options):
        servers.append(TlsNginx(tmp_path / f"nginx-{len(servers)}", certificate, **options))
        return servers[-1]
    yield start
    for server in servers:
        server.kill()


@pytest.fixture
def trusting(authority):
    """What an upstream's table needs to believe the test's own authority."""
    return {"tls": {"ca": str(authority.ca_file)}}


def ask(proxy):
    with Wire.connect(proxy.http) as wire:
        wire.get()
        return wire.read_response()


def handshakes(proxy, **labels):
    return proxy.metrics().total("gladhand_tls_handshakes_total", side="upstream", name="app", **labels)


@pytest.mark.parametrize("protocols, version", [("TLSv1.2", "1.2"), ("TLSv1.3", "1.3")])
def test_an_origin_that_proves_its_name_answers_and_is_counted_with_its_version(start, tls_origin, trusting, protocols, version):
    proxy = start(tls_origin(protocols=protocols), upstream=trusting)
    got = ask(proxy)
    assert (got.status, got.body.decode()) == (200, f"TLSv{version} . localhost NONE")
    assert handshakes(proxy) == handshakes(proxy, tls_version=version, alpn="http/1.1", resumed="false") == 1
    m = proxy.metrics()
    assert {phase: m.count(phase, side="upstream", tls_version=version) for phase in UPSTREAM_TLS_PHASES} == dict.fromkeys(UPSTREAM_TLS_PHASES, 1)
    assert m.count("tcp", side="upstream") == 1


@pytest.mark.parametrize("protocols, version", [("TLSv1.2", "1.2"), ("TLSv1.3", "1.3")])
def test_later_connections_resume_and_bring_no_certificate(start, tls_origin, trusting, protocols, version):
    origin = tls_origin(protocols=protocols)
    proxy = start(origin, upstream={**trusting, "timeouts": {"pool_idle": "50ms"}})
    for number in range(4):
        assert ask(proxy).body.decode().split()[1] == ("r" if number else ".")
        eventually(lambda: proxy.metrics().total("gladhand_connections_open", side="upstream") == 0, "the pool is empty")
    assert handshakes(proxy, tls_version=version, resumed="false") == 1
    assert handshakes(proxy, tls_version=version, resumed="true") == 3
    m = proxy.metrics()
    assert m.count("tls", side="upstream", resumed="true") == 3
    assert m.count("tls_verify", side="upstream") == 1


@pytest.mark.parametrize("protocols, tickets, kind", [("TLSv1.2", True, "ticket"), ("TLSv1.2", False, "session_id"), ("TLSv1.3", True, "psk")])
def test_the_log_tells_by_what_a_session_was_resumed(start, tls_origin, trusting, protocols, tickets, kind):
    proxy = start(tls_origin(protocols=protocols, tickets=tickets), upstream={**trusting, "timeouts": {"pool_idle": "50ms"}})
    for _ in range(2):
        ask(proxy)
        eventually(lambda: proxy.metrics().total("gladhand_connections_open", side="upstream") == 0, "the pool is empty")
    first, second = (line["upstream"] for line in proxy.log_lines(2))
    assert (first["resumed"], first["signature"]) == (False, "ecdsa_sha256") and "resumption" not in first
    assert (second["resumed"], second["resumption"]) == (True, kind) and "signature" not in second


@pytest.mark.parametrize("protocols, alpn", [(["h2", "http/1.1"], "h2"), (["http/1.1"], "http/1.1")])
def test_the_protocol_is_the_one_that_both_ends_agree_on(start, tls_origin, trusting, protocols, alpn):
    proxy = start(tls_origin(http2=True), upstream={**trusting, "protocols": protocols})
    for _ in range(3):
        assert ask(proxy).body.decode() == "TLSv1.3 . localhost NONE"
    assert handshakes(proxy) == handshakes(proxy, alpn=alpn) == 1


def test_a_pooled_connection_shakes_hands_once(start, tls_origin, trusting):
    proxy = start(tls_origin(), upstream=trusting)
    for _ in range(5):
        assert ask(proxy).status == 200
    assert handshakes(proxy) == 1


def expired(authority):
    return authority.issue_expired("expired", "localhost")


def wrong_host(authority):
    return authority.issue("wrong", "other.test")


def self_signed(authority):
    return authority.issue_self_signed("self-signed", "localhost")


@pytest.mark.parametrize("make, reason, alert", [(expired, "expired_certificate", "certificate_expired"),
                                                 (wrong_host, "hostname_mismatch", "bad_certificate"),
                                                 (self_signed, "unknown_ca", "unknown_ca")])
def test_an_origin_that_cannot_prove_its_name_is_answered_for_and_counted_by_reason(start, tls_origin, trusting, authority, make, reason, alert):
    proxy = start(tls_origin(make(authority)), upstream=trusting)
    got = ask(proxy)
    assert got.status == 502
    assert re.match(r'gladhand; error=tls_certificate_error; details="', got.fields.get("Proxy-Status"))
    m = proxy.idle_metrics(1)
    assert m.ended(side="upstream", result=reason, stage="server_hello") == m.attempts(side="upstream") >= 1
    assert handshakes(proxy) == 0
    assert m.total("gladhand_tls_alerts_total", side="upstream", direction="sent", alert=alert) == m.attempts(side="upstream")
    assert not any(m.count(phase, side="upstream") for phase in UPSTREAM_TLS_PHASES), "a handshake that failed has no duration"
    assert proxy.log_lines(1)[0]["error"] == reason


@pytest.mark.parametrize("make", [expired, wrong_host, self_signed])
def test_without_verification_anybody_will_do(start, tls_origin, authority, make):
    proxy = start(tls_origin(make(authority)), upstream={"tls": {"verify": False}})
    assert ask(proxy).status == 200
    m = proxy.metrics()
    assert m.count("tls_verify", side="upstream") == 0 and m.count("tls", side="upstream") == 1


def test_the_system_does_not_trust_the_authority_of_a_test(start, tls_origin):
    proxy = start(tls_origin())
    assert ask(proxy).status == 502
    assert proxy.metrics().ended(side="upstream", result="unknown_ca") >= 1


def test_the_name_to_be_proved_can_be_another_than_the_host(start, tls_origin, trusting, authority):
    origin = tls_origin(authority.issue("named", "origin.test"))
    proxy = start(f"https://127.0.0.1:{origin.port}", upstream={"tls": {**trusting["tls"], "server_name": "origin.test"}})
    got = ask(proxy)
    assert (got.status, got.body.decode().split()[2]) == (200, "origin.test")


def test_an_origin_that_demands_a_certificate_is_shown_one(start, tls_origin, trusting, authority):
    origin = tls_origin(client_authority=authority.ca_file)
    proxy = start(origin, upstream={"tls": {**trusting["tls"], "certificate": "own"}}, certificates={"own": authority.issue("own", "proxy.test")})
    got = ask(proxy)
    assert (got.status, got.body.decode().split()[-1]) == (200, "SUCCESS")


def test_an_origin_that_demands_a_certificate_in_vain_says_so_itself(start, tls_origin, trusting, authority):
    proxy = start(tls_origin(client_authority=authority.ca_file), upstream=trusting)
    got = ask(proxy)
    assert got.status == 400 and b"No required SSL certificate was sent" in got.body


def test_an_origin_without_tls_is_answered_for(start, nginx):
    proxy = start(f"https://localhost:{nginx.port}")
    got = ask(proxy)
    assert got.status == 502
    assert got.fields.get("Proxy-Status").startswith("gladhand; error=tls_protocol_error")
    assert proxy.metrics().ended(side="upstream", result="protocol_error", stage="first_byte") >= 1


def test_an_origin_that_is_too_old_is_answered_for(start, tls_origin, trusting):
    proxy = start(tls_origin(protocols="TLSv1.2"), upstream={"tls": {**trusting["tls"], "min": "1.3"}})
    got = ask(proxy)
    assert got.status == 502
    assert got.fields.get("Proxy-Status").startswith("gladhand; error=tls_alert_received")
    assert proxy.metrics().ended(side="upstream", result="alert_received") >= 1


def test_plain_and_protected_endpoints_share_an_upstream(start, tls_origin, trusting, origin):
    proxy = start(origin, tls_origin(), upstream=trusting)
    assert {ask(proxy).body.decode() for _ in range(4)} == {"ok", "TLSv1.3 . localhost NONE"}
    assert handshakes(proxy) == 1


def test_the_access_log_tells_the_handshake_with_its_first_exchange_only(start, tls_origin, trusting):
    proxy = start(tls_origin(), upstream=trusting)
    ask(proxy), ask(proxy)
    first, second = (line["upstream"] for line in proxy.log_lines(2))
    assert (first["tls_version"], first["alpn"], first["resumed"], first["sni"]) == ("1.3", "http/1.1", False, "localhost")
    assert 0 < first["tls_verify"] <= min(first["tls_compute"], first["tls"])
    assert 0 < first["tls_server_reply"] <= first["tls"]
    assert second["reused"] and "tls" not in second and "tls_version" not in second


def test_large_responses_pass(start, tls_origin, trusting):
    server = tls_origin()
    (server.files / "large").write_bytes(b"x" * 20_000_000)
    text = (server.directory / "nginx.conf").read_text().replace("location / {", "root files; location = /large {} location / {")
    (server.directory / "nginx.conf").write_text(text)
    server.kill()
    server.start()
    proxy = start(server, upstream=trusting)
    with Wire.connect(proxy.http) as wire:
        wire.get("/large")
        assert len(wire.read_response().body) == 20_000_000


# ---- What is wrong with a configuration, before anything runs

def problem_of(tmp_path, authority, command, **tls):
    config = tmp_path / "gladhand.toml"
    table = ", ".join(f'{key} = "{value}"' for key, value in tls.items())
    config.write_text(f"""[server]
admin = "off"
[[listener]]
address = "127.0.0.1:0"
[certificate.own]
cert = "{authority.localhost.cert}"
key = "{authority.localhost.key}"
[upstream.app]
endpoints = "https://127.0.0.1:9"
tls = {{ {table} }}
[[route]]
upstream = "app"
""")
    done = run_binary(command, "--config", config.name, cwd=tmp_path)
    assert done.returncode != 0
    return done.stderr


@pytest.mark.parametrize("command", ["run", "validate"])
def test_authorities_that_are_not_there_or_none_are_named_with_their_place(tmp_path, authority, command):
    missing = problem_of(tmp_path, authority, command, ca="nowhere.pem")
    assert "error[E050]" in missing and "nowhere.pem" in missing and "gladhand.toml:10:14" in missing
    (tmp_path / "empty.pem").write_text("nothing\n")
    empty = problem_of(tmp_path, authority, command, ca="empty.pem")
    assert "error[E051]" in empty and "holds no PEM certificate" in empty and "gladhand.toml:10:14" in empty


@pytest.mark.parametrize("command", ["run", "validate"])
def test_a_certificate_that_nobody_defined_is_named_with_its_place(tmp_path, authority, command):
    problem = problem_of(tmp_path, authority, command, certificate="onw")
    assert "error[E031]" in problem and "did you mean `own`?" in problem and "gladhand.toml:10:23" in problem
