"""`gladhand cert`: certificates that it makes, and what it says of those of files and servers, compared with openssl's word."""

import json
import shutil
import ssl
import subprocess

import pytest

from support.origin import Origin
from support.ports import free_port
from support.process import run_binary


def openssl(path, *arguments):
    done = subprocess.run(["openssl", "x509", "-noout", "-in", path, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def show(what, *arguments):
    done = run_binary("cert", "show", "--json", str(what), *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def self_signed(tmp_path, *names, days=30):
    words = [word for name in names for word in ("--name", name)]
    done = run_binary("cert", "self-signed", *words, "--days", str(days), "--out", "web", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    return tmp_path / "web.pem", tmp_path / "web.key"


def test_a_certificate_that_is_made_serves_its_names_and_only_its_owner_has_the_key(tmp_path):
    cert, key = self_signed(tmp_path, "localhost", "*.example.com", "127.0.0.1", "::1")
    assert (key.stat().st_mode & 0o777, cert.stat().st_mode & 0o777) == (0o600, 0o644)
    for name, expected in (("localhost", "does match"), ("a.example.com", "does match"), ("a.b.example.com", "does NOT match")):
        assert expected in openssl(cert, "-checkhost", name)
    assert "does match" in openssl(cert, "-checkip", "::1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    with Origin(tls=context) as origin:
        done = subprocess.run(["curl", "-q", "-s", "--cacert", cert, f"https://localhost:{origin.port}/"], capture_output=True)
        assert done.stdout == b"ok"


@pytest.mark.parametrize("there", ["web.pem", "web.key"])
def test_files_that_are_there_stay_as_they_are(tmp_path, there):
    (tmp_path / there).write_text("mine")
    done = run_binary("cert", "self-signed", "--name", "localhost", "--out", "web", cwd=tmp_path)
    assert done.returncode == 3 and there in done.stderr and "File exists" in done.stderr
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(there, "mine")]


@pytest.mark.parametrize("name", ["", "a b", "a,DNS:evil.example", "https://a", "a..b", ".a", "*", "*.*.a", "é.example", "a" * 65])
def test_what_cannot_be_a_name_of_a_certificate_is_refused(tmp_path, name):
    done = run_binary("cert", "self-signed", "--name", name, cwd=tmp_path)
    assert done.returncode == 2 and done.stderr and not list(tmp_path.iterdir())


def test_show_says_what_openssl_says(tmp_path, authority):
    cert, _ = self_signed(tmp_path, "localhost", "example.com", days=30)
    shown = show(cert)
    one, = shown["certificates"]
    assert one["subject"] == one["issuer"] == "CN=localhost" and one["names"] == ["localhost", "example.com"]
    assert one["days_left"] in (29, 30) and one["key"] == "EC prime256v1" and one["signature"] == "ecdsa-with-SHA256"
    assert openssl(cert, "-fingerprint", "-sha256").partition("=")[2] == one["sha256"]
    assert shown["key_file"] == {"path": str(tmp_path / "web.key"), "matches": True}
    text = run_binary("cert", "show", str(cert)).stdout
    assert "CN=localhost (itself)" in text and ("29 days left" in text or "30 days left" in text) and "localhost, example.com" in text and one["sha256"] in text and "web.key belongs to it" in text


def test_other_keys_are_named_by_their_kind(tmp_path):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-noenc", "-subj", "/CN=r", "-keyout", "/dev/null", "-out", tmp_path / "rsa.pem"], check=True, capture_output=True)
    shown = show(tmp_path / "rsa.pem")
    assert (shown["certificates"][0]["key"], shown["certificates"][0]["signature"]) == ("RSA 2048", "sha256WithRSAEncryption")
    assert "key_file" not in shown


def test_a_key_beside_it_that_belongs_to_another_is_found(tmp_path, authority):
    shutil.copy(authority.localhost.cert, tmp_path / "fullchain.pem")
    shutil.copy(authority.root.key, tmp_path / "privkey.pem")
    done = run_binary("cert", "show", str(tmp_path / "fullchain.pem"))
    assert done.returncode == 1 and "does not belong" in done.stdout


def test_a_certificate_that_has_expired_is_shown_as_one(authority):
    shown = show(authority.issue_expired("old-shown", "localhost").cert)
    assert shown["certificates"][0]["days_left"] < 0 and shown["key_file"]["matches"]


def test_a_server_shows_its_certificates(authority, tmp_path):
    with Origin(tls=authority.server_context(authority.localhost)) as origin:
        for what in (f"localhost:{origin.port}", f"https://localhost:{origin.port}/path", f"127.0.0.1:{origin.port}"):
            shown = show(what)
            assert openssl(authority.localhost.cert, "-fingerprint", "-sha256").partition("=")[2] == shown["certificates"][0]["sha256"]
            assert shown["trusted"] is False and "key_file" not in shown
            trusting = run_binary("cert", "show", "--json", what, env={"SSL_CERT_FILE": str(authority.ca_file)})
            assert json.loads(trusting.stdout)["trusted"] is True


def test_where_there_is_nothing_to_show_that_is_said(tmp_path):
    (tmp_path / "none.pem").write_text("nothing")
    done = run_binary("cert", "show", "none.pem", cwd=tmp_path)
    assert done.returncode == 1 and "holds no PEM certificate" in done.stderr
    done = run_binary("cert", "show", f"127.0.0.1:{free_port()}", cwd=tmp_path)
    assert done.returncode == 3 and "nobody answers" in done.stderr
    with Origin() as plain:
        done = run_binary("cert", "show", f"127.0.0.1:{plain.port}", cwd=tmp_path)
    assert done.returncode == 3 and "no TLS handshake" in done.stderr
