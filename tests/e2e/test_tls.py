"""TLS as openssl's client, curl and Python speak it."""

import re
import ssl

import pytest

from support.commands import curl, s_client
from support.http1 import Wire
from support.process import eventually

REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def handshakes(proxy, **labels):
    return proxy.metrics().total("gladhand_tls_handshakes_total", side="client", name="https", **labels)


@pytest.mark.parametrize("option, version", [("-tls1_2", "1.2"), ("-tls1_3", "1.3")])
def test_openssl_shakes_hands_and_is_counted_with_its_version(start, origin, authority, option, version):
    proxy = start(origin, tls=True)
    got = s_client(proxy.https, option, "-CAfile", authority.ca_file, "-verify_return_error", "-servername", "localhost",
                   "-ign_eof", stdin=REQUEST)
    assert got.status == 0 and "200 OK" in got.text, got.text + got.errors
    assert handshakes(proxy, tls_version=version, resumed="false") == 1


@pytest.mark.parametrize("option, version", [("-tls1_2", "1.2"), ("-tls1_3", "1.3")])
def test_a_session_is_resumed_with_a_ticket(start, origin, tmp_path, option, version):
    proxy = start(origin, tls=True)
    session = tmp_path / "session"
    first = s_client(proxy.https, option, "-sess_out", session, "-ign_eof", stdin=REQUEST)
    second = s_client(proxy.https, option, "-sess_in", session, "-ign_eof", stdin=REQUEST)
    assert "\nNew, TLSv" in first.text and "\nReused, TLSv" in second.text
    assert "200 OK" in second.text
    assert handshakes(proxy, tls_version=version, resumed="false") == 1
    assert handshakes(proxy, tls_version=version, resumed="true") == 1
    m = proxy.metrics()
    assert m.count("tls", tls_version=version, resumed="true") == 1


def test_a_hello_that_had_to_be_repeated_is_counted_and_its_round_trip_timed(start, origin):
    proxy = start(origin, tls=True)
    got = s_client(proxy.https, "-groups", "P-521:P-256", "-ign_eof", stdin=REQUEST)
    assert "200 OK" in got.text
    s_client(proxy.https, "-ign_eof", stdin=REQUEST)
    again, at_once = (line["client"] for line in proxy.log_lines(2))
    assert again["retried"] is True and again["group"] == "prime256v1" and 0 < again["tls_retry"] < again["tls"]
    assert "retried" not in at_once and "tls_retry" not in at_once
    m = proxy.metrics()
    assert m.count("tls_retry", tls_version="1.3") == m.total("gladhand_tls_retries_total", side="client", name="https") == 1
    assert m.count("tls") == 2


def test_a_ticket_of_one_worker_opens_on_every_other(start, origin, tmp_path):
    proxy = start(origin, tls=True, server={"workers": 4})
    session = tmp_path / "session"
    s_client(proxy.https, "-sess_out", session, "-ign_eof", stdin=REQUEST)
    for _ in range(8):
        assert "\nReused, TLSv" in s_client(proxy.https, "-sess_in", session, "-ign_eof", stdin=REQUEST).text
    assert handshakes(proxy, resumed="true") == 8


@pytest.fixture(scope="module")
def several_names(authority):
    return {"a": authority.issue("a", "a.test"), "b": authority.issue("b", "b.test", "*.b.test")}


def shown_names(port, context, server_name):
    """The names in the certificate that a client which asks for `server_name` sees."""
    context.check_hostname = False
    with Wire.connect(port, context, server_name) as wire:
        return [name for _, name in wire.sock.getpeercert()["subjectAltName"]]


@pytest.mark.parametrize("asked, shown", [
    ("a.test", "a.test"), ("b.test", "b.test"), ("x.b.test", "b.test"), ("A.TEST", "a.test"),
    ("x.y.b.test", "a.test"), ("unknown.test", "a.test"), (None, "a.test")])
def test_the_server_name_chooses_the_certificate_and_the_first_is_for_everybody_else(
        start, origin, authority, several_names, asked, shown):
    proxy = start(origin, tls={"certificates": ["a", "b"]}, certificates=several_names)
    assert shown in shown_names(proxy.https, authority.client_context(), asked)


@pytest.mark.parametrize("version", ["--http1.1", "--http2"])
def test_a_host_of_another_certificate_is_sent_back_to_a_connection_of_its_own(start, origin, authority, several_names, version):
    proxy = start(origin, tls={"certificates": ["a", "b"]}, certificates=several_names)
    there = f"127.0.0.1:{proxy.https}"

    def ask(name, host):
        """The status, to a client that shook hands with `name` and asks for `host`."""
        got = curl(version, "--cacert", authority.ca_file, "--connect-to", f"{name}:443:{there}", "-H", f"Host: {host}", "-D", "-",
                   "-o", "/dev/null", f"https://{name}/")
        assert got.status == 0, got.errors
        return got.text
    for name, host in (("a.test", "a.test"), ("b.test", "x.b.test"), ("x.b.test", "B.TEST"), ("a.test", "unknown.test"), ("a.test", "a.test.:443")):
        assert " 200" in ask(name, host).splitlines()[0]
    seen = len(origin.requests)
    for name, host in (("a.test", "b.test"), ("b.test", "a.test"), ("b.test", "unknown.test"), ("b.test", "a.test.")):
        head = ask(name, host)
        assert " 421" in head.splitlines()[0] and "gladhand; error=http_request_error" in head
    assert len(origin.requests) == seen
    assert proxy.idle_metrics(9).total("gladhand_local_replies_total", error="misdirected_request") == 4


def alerts(proxy, side="client", name="https", **labels):
    return proxy.metrics().total("gladhand_tls_alerts_total", side=side, name=name, **labels)


def test_tls_1_1_is_refused_and_counted(start, origin):
    proxy = start(origin, tls=True)
    got = s_client(proxy.https, "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0")
    assert got.status != 0
    proxy.metrics_when(lambda m: m.ended(name="https", result="unsupported_version") == 1)
    assert alerts(proxy) == alerts(proxy, direction="sent", alert="protocol_version") == 1


def test_tls_1_2_is_refused_where_1_3_is_the_floor(start, origin, authority):
    proxy = start(origin, tls={"certificates": ["web"], "min": "1.3"}, certificates={"web": authority.localhost})
    assert s_client(proxy.https, "-tls1_2").status != 0
    assert "200 OK" in s_client(proxy.https, "-tls1_3", "-ign_eof", stdin=REQUEST).text
    proxy.metrics_when(lambda m: m.ended(name="https", result="unsupported_version") == 1)


def test_a_client_without_a_common_cipher_is_refused_and_counted(start, origin):
    proxy = start(origin, tls=True)
    # The certificate is ECDSA: nobody can use it with RSA.
    assert s_client(proxy.https, "-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256").status != 0
    proxy.metrics_when(lambda m: m.ended(name="https", result="no_shared_cipher") == 1)


def test_a_client_that_distrusts_the_certificate_is_counted_with_its_alert(start, origin):
    proxy = start(origin, tls=True)
    assert s_client(proxy.https, "-verify_return_error").status != 0
    proxy.metrics_when(lambda m: m.failures(name="https") == 1)
    assert proxy.metrics().ended(name="https", result="alert_received") == 1
    assert alerts(proxy) == alerts(proxy, direction="received", alert="unknown_ca") == 1
    line, = proxy.log_lines(1)
    assert line["client"]["alert_received"] == "unknown_ca"


def test_http_1_1_is_agreed_on_by_alpn(start, origin, authority):
    proxy = start(origin, tls=True)
    with Wire.connect(proxy.https, authority.client_context(alpn=["h3", "http/1.1"])) as wire:
        assert wire.sock.selected_alpn_protocol() == "http/1.1"
        wire.get()
        assert wire.read_response().status == 200
    assert handshakes(proxy, alpn="http/1.1") == 1


def test_a_client_without_alpn_is_served(start, origin, authority):
    proxy = start(origin, tls=True)
    with Wire.connect(proxy.https, authority.client_context(alpn=())) as wire:
        assert wire.sock.selected_alpn_protocol() is None
        wire.get()
        assert wire.read_response().status == 200


def test_an_unknown_name_is_refused_where_it_is_said_so(start, origin, authority, several_names):
    proxy = start(origin, tls={"certificates": ["a", "b"], "refuse_unknown_names": True}, certificates=several_names)
    assert s_client(proxy.https, "-servername", "unknown.test").status != 0
    assert "a.test" in shown_names(proxy.https, authority.client_context(), "a.test")
    proxy.metrics_when(lambda m: m.ended(name="https", result="unknown_sni", stage="client_hello") == 1)
    assert alerts(proxy, direction="sent", alert="unrecognized_name") == 1
    failed, = (line["client"] for line in proxy.log_lines(1) if line.get("result") == "unknown_sni")
    assert (failed["sni"], failed["sni_class"]) == ("unknown.test", "unknown")


def test_who_must_show_a_certificate_and_shows_none_or_a_bad_one_is_refused_with_the_reason(start, origin, authority):
    proxy = start(origin, tls={"certificates": ["web"], "client_ca": str(authority.ca_file)}, certificates={"web": authority.localhost})

    def ask(certificate=None):
        """The status of curl, and of the answer."""
        shown = ("--cert", certificate.cert, "--key", certificate.key) if certificate else ()
        got = curl("--cacert", authority.ca_file, *shown, "-o", "/dev/null", "-w", "%{http_code}", proxy.url("/", "https"))
        return got.status, got.text
    assert ask(authority.issue("client", "client.test")) == (0, "200")
    for certificate in (None, authority.issue_expired("late", "client.test"), authority.issue_self_signed("own", "client.test")):
        assert ask(certificate)[0] != 0
    m = proxy.metrics_when(lambda m: m.failures(name="https") == 3)
    for reason in ("missing_client_certificate", "expired_certificate", "unknown_ca"):
        assert m.ended(side="client", name="https", result=reason, stage="server_flight") == 1, reason
    assert m.count("tls") == 1, "handshakes that failed have no duration"


@pytest.mark.parametrize("option", ["-tls1_2", "-tls1_3"])
def test_a_client_that_asks_for_the_status_of_the_certificate_is_sent_the_stapled_one(start, origin, authority, option):
    proxy = start(origin, tls={"certificates": ["web"]}, certificates={"web": authority.stapled(authority.issue("stapled", "localhost"))})
    got = s_client(proxy.https, option, "-status", "-CAfile", authority.ca_file, "-ign_eof", stdin=REQUEST)
    assert "OCSP Response Status: successful" in got.text and "Cert Status: good" in got.text
    s_client(proxy.https, option, "-ign_eof", stdin=REQUEST)
    assert ["stapled" in line["client"] for line in proxy.log_lines(2)] == [True, False]


def test_without_a_stapled_response_there_is_none(start, origin):
    assert "OCSP response: no response sent" in s_client(start(origin, tls=True).https, "-status").text


@pytest.mark.parametrize("spoil, says", [
    (lambda path, other: path.write_text("nothing of the kind"), "error[E054]: the OCSP response in `{path}` cannot be read"),
    (lambda path, other: path.write_bytes(other.ocsp.read_bytes()), "error[E054]: the OCSP response in `{path}` is about another certificate"),
    (lambda path, other: path.unlink(), "error[E050]: cannot read `{path}`")])
def test_a_response_that_cannot_be_stapled_is_refused_at_the_start_with_its_cure(start, origin, authority, spoil, says):
    stapled = authority.stapled(authority.issue("spoilt", "localhost"))
    spoil(stapled.ocsp, authority.stapled(authority.issue("elsewhere", "localhost")))
    proxy = start(origin, tls={"certificates": ["web"]}, certificates={"web": stapled}, is_ready=False)
    eventually(lambda: not proxy.is_running(), "the proxy gives up")
    assert says.format(path=stapled.ocsp) in proxy.errors and "openssl ocsp" in proxy.errors


def test_renegotiation_is_refused_and_the_proxy_lives(start, origin, authority):
    proxy = start(origin, tls=True)
    got = s_client(proxy.https, "-tls1_2", stdin=b"R\n")
    assert "no renegotiation" in got.errors, got.errors
    assert curl("--cacert", authority.ca_file, proxy.url("/", "https")).text == "ok"


def test_the_connection_ends_with_close_notify(start, origin, authority):
    context = authority.client_context()
    context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
    proxy = start(origin, tls=True)
    with Wire.connect(proxy.https, context) as wire:
        wire.send(REQUEST)
        assert wire.read_response().status == 200
        assert wire.sock.recv(1) == b""  # an end without close_notify would raise


def test_clients_are_fingerprinted_where_it_is_asked_for_even_those_that_fail(start, origin, authority):
    proxy = start(origin, tls={"certificates": ["web"], "ja4": True}, certificates={"web": authority.localhost})
    s_client(proxy.https, "-servername", "localhost", "-alpn", "http/1.1", "-ign_eof", stdin=REQUEST)
    s_client(proxy.https, "-tls1_2", "-noservername", "-verify_return_error")
    served, refused = (line["client"]["ja4"] for line in proxy.log_lines(2))
    assert re.fullmatch(r"t13d\d{4}h1_[0-9a-f]{12}_[0-9a-f]{12}", served) and re.fullmatch(r"t12i\d{4}00_[0-9a-f]{12}_[0-9a-f]{12}", refused)
    assert "ja4" not in start(origin, tls=True).metrics().text, "what a client sends is no label"


def test_a_client_that_leaves_without_close_notify_is_counted(start, origin, authority):
    proxy = start(origin, tls=True)

    def truncations(m):
        return m.total("gladhand_tls_truncations_total", side="client", name="https")
    with Wire.connect(proxy.https, authority.client_context()) as polite:
        polite.get()
        polite.read_response()
        polite.sock.unwrap().close()
    m = proxy.metrics_when(lambda m: m.total("gladhand_connections_open", side="client") == 0)
    assert truncations(m) == 0
    with Wire.connect(proxy.https, authority.client_context()) as rude:
        rude.get()
        rude.read_response()
    proxy.metrics_when(lambda m: truncations(m) == 1)


def test_cipher_group_and_name_stand_in_the_access_log(start, origin, authority):
    proxy = start(origin, tls=True)
    with Wire.connect(proxy.https, authority.client_context()) as wire:
        wire.get()
        wire.read_response()
        wire.get()
        wire.read_response()
    first, second = proxy.log_lines(2)
    client = first["client"]
    assert (client["tls_version"], client["sni"], client["alpn"], client["resumed"]) == ("1.3", "localhost", "http/1.1", False)
    assert re.match("TLS_", client["cipher"]) and client["group"]
    assert (client["signature"], client["sni_class"]) == ("ecdsa_sha256", "served")
    assert client["reused"] is False and second["client"] == {"id": client["id"], "peer": client["peer"], "reused": True}


def test_a_ticket_of_a_stopped_proxy_leads_to_a_full_handshake_with_the_next(start, origin, tmp_path):
    session = tmp_path / "session"
    s_client(start(origin, tls=True).https, "-sess_out", session, "-ign_eof", stdin=REQUEST)
    proxy = start(origin, tls=True)
    got = s_client(proxy.https, "-sess_in", session, "-ign_eof", stdin=REQUEST)
    assert "\nNew, TLSv" in got.text and "200 OK" in got.text
    eventually(lambda: handshakes(proxy, resumed="false") == 1)
