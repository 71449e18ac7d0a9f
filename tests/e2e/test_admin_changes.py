"""What the admin listener does by POST, and for whom."""

import gzip
import http.client
import json
import os
import signal

import pytest

from support.http1 import Wire
from support.process import PATIENCE, eventually, run_binary

TOKEN = "0123456789abcdef-._~+/="
EVERY_CHANGE = ["/api/v1/reload", "/api/v1/drain", "/api/v1/undrain", "/api/v1/config/validate"]


@pytest.fixture(scope="module")
def standing(start_for_module):
    """A proxy that is only looked at."""
    return start_for_module("http://127.0.0.1:9")


def ask(proxy, method, path, body=None, **fields):
    """(status, fields, body)"""
    connection = http.client.HTTPConnection("127.0.0.1", proxy.admin.port, timeout=PATIENCE)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in fields.items()})
        reply = connection.getresponse()
        return reply.status, reply.headers, reply.read()
    finally:
        connection.close()


def post(proxy, path, body=None, **fields):
    status, _, answer = ask(proxy, "POST", path, body, **fields)
    return status, answer.decode()


def state(proxy):
    return json.loads(proxy.admin.get("/api/v1/status")[1])["state"]


def is_served(proxy):
    with Wire.connect(proxy.http) as wire:
        wire.get()
        return wire.read_response().status == 200


# ---- drain and undrain

def test_a_drain_takes_readiness_away_and_nothing_else_until_it_is_undone(start, origin):
    proxy = start(origin)
    assert post(proxy, "/api/v1/drain") == (200, '{"state":"unready"}\n')
    assert proxy.admin.get("/readyz")[0] == 503
    assert proxy.admin.get("/livez")[0] == 200
    assert state(proxy) == "unready"
    assert is_served(proxy)
    assert "undrain" in proxy.admin.get("/api/v1/status")[1], "a notice says how to end it"
    assert post(proxy, "/api/v1/undrain") == (200, '{"state":"serving"}\n')
    assert proxy.admin.get("/readyz") == (200, "ok\n")
    assert state(proxy) == "serving"


def test_a_reload_does_not_undo_a_drain(start, origin):
    proxy = start(origin)
    post(proxy, "/api/v1/drain")
    assert post(proxy, "/api/v1/reload")[0] == 200
    assert state(proxy) == "unready"


def test_the_verbose_readiness_names_every_check(start, origin):
    proxy = start(origin)
    assert proxy.admin.get("/readyz?verbose") == (200, "[+]started ok\n[+]not_draining ok\n[+]not_unready ok\nreadyz check passed\n")
    post(proxy, "/api/v1/drain")
    status, lines = proxy.admin.get("/readyz?verbose")
    assert status == 503 and "[+]not_draining ok\n[-]not_unready failed: unready" in lines and lines.endswith("readyz check failed\n")


def test_who_is_about_to_end_is_neither_drained_nor_undrained(start, origin):
    proxy = start(origin, server={"shutdown_delay": "5s"})
    proxy.signal(signal.SIGTERM)
    eventually(lambda: proxy.admin.get("/readyz")[0] == 503)
    assert post(proxy, "/api/v1/undrain")[0] == 503
    assert "[-]not_draining failed: draining" in proxy.admin.get("/readyz?verbose")[1]
    proxy.signal(signal.SIGTERM)
    assert proxy.wait() in (0, 4)


# ---- who may

@pytest.mark.parametrize("path", EVERY_CHANGE)
def test_nothing_changes_by_GET_or_for_pages_and_names_of_others(standing, path):
    proxy = standing
    assert ask(proxy, "GET", path)[0] == 405
    assert ask(proxy, "PUT", path)[0] == 405
    assert post(proxy, path, Origin="http://attacker.example")[0] == 403
    assert post(proxy, path, Origin="null")[0] == 403
    assert post(proxy, path, Host="attacker.example")[0] == 403
    assert state(proxy) == "serving"


@pytest.fixture(params=["setting", "file"])
def guarded(request, start, origin, tmp_path, monkeypatch):
    """A proxy that wants the token for changes."""
    if request.param == "setting":
        monkeypatch.setenv("ADMIN_TOKEN", TOKEN)
        return start(origin, server={"admin_token": "${ADMIN_TOKEN}"})
    (tmp_path / "token").write_text(TOKEN + "\nwhat follows does not count\n")
    return start(origin, server={"admin_token_file": str(tmp_path / "token")})


@pytest.mark.parametrize("path", EVERY_CHANGE)
def test_changes_need_the_token_where_there_is_one(guarded, path):
    proxy = guarded
    for shown in ({}, {"Authorization": f"Bearer {TOKEN}x"}, {"Authorization": f"Bearer {TOKEN[:-1]}"}, {"Authorization": f"Bearer {'x' * len(TOKEN)}"},
                  {"Authorization": f"Basic {TOKEN}"}, {"Authorization": TOKEN}, {"Authorization": "Bearer"}, {"Authorization": "Bearer "}):
        status, fields, body = ask(proxy, "POST", path, **shown)
        assert (status, fields["WWW-Authenticate"]) == (401, 'Bearer realm="gladhand"'), shown
        assert TOKEN.encode() not in body
    assert state(proxy) == "serving"
    assert post(proxy, path, Authorization=f"bearer {TOKEN}")[0] == 200
    assert ask(proxy, "GET", "/metrics")[0] == 200, "to look needs none"


def test_the_token_is_shown_to_nobody(guarded):
    proxy = guarded
    for path in ("/api/v1/config", "/api/v1/status", "/", "/metrics"):
        assert TOKEN not in proxy.admin.get(path)[1], path
    shown = run_binary("config", "show", "-c", "gladhand.toml", cwd=proxy.directory).stdout
    assert shown and TOKEN not in shown and TOKEN not in proxy.errors


def test_the_reload_command_shows_the_token_of_its_environment(guarded):
    proxy = guarded
    admin = f"127.0.0.1:{proxy.admin.port}"
    refused = run_binary("reload", "--admin", admin)
    assert refused.returncode != 0 and "GLADHAND_ADMIN_TOKEN" in refused.stderr
    done = run_binary("reload", "--admin", admin, env={"GLADHAND_ADMIN_TOKEN": TOKEN})
    assert done.returncode == 0, done.stderr


def test_a_token_file_is_read_again_when_it_changes(start, origin, tmp_path):
    path = tmp_path / "token"
    path.write_text(TOKEN)
    proxy = start(origin, server={"admin_token_file": str(path)})
    new = tmp_path / "token.new"
    new.write_text("another-token-of-enough-length")
    os.replace(new, path)
    eventually(lambda: post(proxy, "/api/v1/drain", Authorization="Bearer another-token-of-enough-length")[0] == 200)
    assert post(proxy, "/api/v1/undrain", Authorization=f"Bearer {TOKEN}")[0] == 401


@pytest.mark.parametrize("server, wrong", [
    ('admin_token = "short"', "E062"), ('admin_token = "with spaces in between"', "E062"), ('admin_token = ""', "E018"), ('admin_token = "${GLADHAND_UNSET}"', "E020"),
    ('admin_token_file = "nowhere"', "E050"), ('admin_token_file = "empty"', "E062"), (f'admin_token = "{TOKEN}"\nadmin_token_file = "empty"', "E062")])
def test_a_token_that_is_none_is_refused_with_its_place(tmp_path, server, wrong):
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "gladhand.toml").write_text(f'[server]\n{server}\n[[listener]]\naddress = "127.0.0.1:0"\n[[route]]\nupstream = "http://127.0.0.1:9"\n')
    done = run_binary("validate", "-c", "gladhand.toml", cwd=tmp_path)
    assert done.returncode == 1 and f"error[{wrong}]" in done.stderr and done.stderr.count("error[") == 1, done.stderr
    assert "gladhand.toml:" in done.stderr


# ---- config/validate

RIGHT = '[[listener]]\naddress = "127.0.0.1:0"\n[[route]]\nupstream = "http://127.0.0.1:9"\n'


def test_what_is_wrong_with_a_configuration_is_told_as_the_command_tells_it(start, origin, tmp_path):
    proxy = start(origin)
    wrong = RIGHT.replace("address", "adress")
    (tmp_path / "gladhand.toml").write_text(wrong)
    told = json.loads(run_binary("validate", "--json", "-c", "gladhand.toml", cwd=tmp_path).stdout)
    status, answer = post(proxy, "/api/v1/config/validate", wrong)
    assert status == 200 and json.loads(answer) == told and len(told) == 1
    assert json.loads(post(proxy, "/api/v1/config/validate", RIGHT)[1]) == []
    assert is_served(proxy) and proxy.metrics().total("gladhand_config_reloads_total") == 0, "nothing came of it"


def test_files_are_looked_at_only_for_who_shows_a_token(start, origin, monkeypatch):
    named = RIGHT.replace('0"\n', '0"\ntls = { certificates = ["web"] }\n', 1) + '[certificate.web]\ncert = "/nowhere/web.pem"\nkey = "/nowhere/web.key"\n'
    assert json.loads(post(start(origin), "/api/v1/config/validate", named)[1]) == []
    guarded = start(origin, server={"admin_token": TOKEN})
    told = json.loads(post(guarded, "/api/v1/config/validate", named, Authorization=f"Bearer {TOKEN}")[1])
    assert [one["code"] for one in told] == ["E051"]


def test_a_plugin_that_does_not_run_is_not_loaded_for_a_look(start, origin, tmp_path):
    """Loading it would run it."""
    guarded = start(origin, server={"admin_token": TOKEN})
    named = RIGHT + '[plugin.other]\npath = "/nowhere/other.so"\n'
    told = json.loads(post(guarded, "/api/v1/config/validate", named, Authorization=f"Bearer {TOKEN}")[1])
    assert [one["code"] for one in told] == ["E056"] and "is not loaded" in told[0]["message"]


@pytest.mark.parametrize("text", ['address = "${HIDDEN}"', 'address = """\n${HIDDEN}"""', 'address = "[::1]:1"\nname = "a ${HIDDEN}"', 'address = "127.0.0.1:0"\nmode = "x${HIDDEN}"'])
@pytest.mark.parametrize("value", ["hunter2!", "Hunter2!" * 20])
def test_variables_of_the_environment_are_not_given_away(start, origin, monkeypatch, text, value):
    monkeypatch.setenv("HIDDEN", value)
    status, answer = post(start(origin), "/api/v1/config/validate", f'[[listener]]\n{text}\n[[route]]\nupstream = "http://127.0.0.1:9"\n')
    assert status == 200 and len(json.loads(answer)) == 1, "an error, so that there is something to tell"
    assert "hunt" not in answer.lower()


def test_a_configuration_that_is_too_large_is_refused(start, origin):
    assert post(start(origin), "/api/v1/config/validate", "#" * (64 * 1024 + 1))[0] == 413


# ---- certificates

def test_certificates_are_told_with_their_files_and_whose_they_are(start, origin, authority):
    proxy = start(origin, tls=True)
    told, = json.loads(proxy.admin.get("/api/v1/certificates")[1])["certificates"]
    assert (told["name"], told["file"], told["listeners"], told["upstreams"]) == ("web", str(authority.localhost.cert), ["https"], [])
    leaf = told["chain"][0]
    assert "localhost" in leaf["names"] and leaf["not_before"] < leaf["not_after"]


def test_one_of_our_own_making_has_neither_name_nor_file(start, origin):
    told, = json.loads(start(origin, tls={"self_signed": True}).admin.get("/api/v1/certificates")[1])["certificates"]
    assert told["listeners"] == ["https"] and "name" not in told and "file" not in told and len(told["chain"]) == 1


# ---- gzip

@pytest.mark.parametrize("accepted", ["gzip", "deflate, GZIP;q=0.5", "*", "br;q=1, x-gzip"])
def test_metrics_come_compressed_for_who_takes_that(standing, accepted):
    status, fields, body = ask(standing, "GET", "/metrics", Accept_Encoding=accepted)
    assert (status, fields["Content-Encoding"], fields["Vary"]) == (200, "gzip", "Accept-Encoding")
    text = gzip.decompress(body)
    assert b"gladhand_build_info" in text and len(body) < len(text) / 3


@pytest.mark.parametrize("accepted", ["identity", "gzip;q=0", "*;q=0.0", "br", "gzip2", ""])
def test_metrics_come_as_they_are_for_everybody_else(standing, accepted):
    _, fields, body = ask(standing, "GET", "/metrics", Accept_Encoding=accepted)
    assert fields["Content-Encoding"] is None and fields["Vary"] == "Accept-Encoding" and b"gladhand_build_info" in body
