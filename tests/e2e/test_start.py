"""The command line, and starts that cannot succeed: one clear message, the right exit status, nothing left behind."""

import json
import re
import signal
import socket

import pytest

from support.commands import curl
from support.origin import Origin
from support.ports import free_port
from support.process import Process, eventually, run_binary
from support.proxy import Admin


@pytest.fixture
def write(tmp_path):
    """Writes gladhand.toml; the working directory of the runs is its folder."""
    def write(text):
        (tmp_path / "gladhand.toml").write_text(text)
        return tmp_path
    return write


def line_of(text, fragment):
    return next(number for number, line in enumerate(text.splitlines(), 1) if fragment in line)


def minimal(more="", listener="", upstream="http://127.0.0.1:9"):
    return f"""[server]
admin = "127.0.0.1:{free_port()}"

[[listener]]
address = "127.0.0.1:{free_port()}"
{listener}

[[route]]
upstream = "{upstream}"

{more}"""


def assert_one_error(done, status, place, *words):
    assert done.returncode == status, done.stderr
    assert len(re.findall(r"^error\[E\d+\]", done.stderr, re.M)) == 1, done.stderr
    assert place in done.stderr, f"no {place} in:\n{done.stderr}"
    for word in words:
        assert word in done.stderr, done.stderr
    assert done.stdout == ""


# ---- starts that fail

def test_a_port_that_is_taken_ends_the_start(write):
    text = minimal()
    with socket.create_server(("127.0.0.1", int(re.search(r'\[\[listener\]\]\naddress = "127.0.0.1:(\d+)"', text)[1]))):
        done = run_binary("run", "--config", "gladhand.toml", cwd=write(text))
    assert_one_error(done, 3, f"gladhand.toml:{line_of(text, '[[listener]]')}:", "in use")


def test_a_port_that_another_gladhand_has_is_taken_too(start, origin, write):
    proxy = start(origin)
    text = f'[server]\nadmin = "off"\n[[listener]]\naddress = "127.0.0.1:{proxy.http}"\n[[route]]\nupstream = "http://127.0.0.1:9"\n'
    done = run_binary("run", "--config", "gladhand.toml", cwd=write(text))
    assert_one_error(done, 3, "gladhand.toml:3:", "in use")
    assert curl(proxy.url()).text == "ok", "the first goes on"


def test_an_admin_port_that_is_taken_ends_the_start(write):
    text = minimal()
    with socket.create_server(("127.0.0.1", int(re.search(r'admin = "127.0.0.1:(\d+)"', text)[1]))):
        done = run_binary("run", "--config", "gladhand.toml", cwd=write(text))
    assert_one_error(done, 3, f"gladhand.toml:{line_of(text, 'admin = ')}:", "in use")


CERTIFICATE = '[certificate.web]\ncert = "{cert}"\nkey = "{key}"\n'
TLS = 'tls = { certificates = ["web"] }'


def run_with_certificate(write, cert, key):
    text = minimal(CERTIFICATE.format(cert=cert, key=key), TLS)
    return text, run_binary("run", "--config", "gladhand.toml", cwd=write(text))


def test_a_certificate_that_is_not_there_is_named_with_its_place(write, authority):
    text, done = run_with_certificate(write, "missing.pem", authority.localhost.key)
    assert_one_error(done, 3, f"gladhand.toml:{line_of(text, 'cert = ')}:", "missing.pem")


def test_a_key_that_is_not_there_is_named_with_its_place(write, authority):
    text, done = run_with_certificate(write, authority.localhost.cert, "missing.key")
    assert_one_error(done, 3, f"gladhand.toml:{line_of(text, 'key = ')}:", "missing.key")


def test_a_key_of_another_certificate_is_refused(write, authority):
    text, done = run_with_certificate(write, authority.localhost.cert, authority.root.key)
    assert_one_error(done, 3, f"gladhand.toml:{line_of(text, 'key = ')}:")


def test_a_certificate_that_is_none_is_refused(write, authority, tmp_path):
    (tmp_path / "web.pem").write_text("not a certificate\n")
    text, done = run_with_certificate(write, "web.pem", authority.localhost.key)
    assert_one_error(done, 3, f"gladhand.toml:{line_of(text, 'cert = ')}:", "web.pem")


def test_paths_of_certificates_are_relative_to_the_file(tmp_path, authority):
    folder = tmp_path / "etc"
    folder.mkdir()
    (folder / "web.pem").write_bytes(authority.localhost.cert.read_bytes())
    (folder / "web.key").write_bytes(authority.localhost.key.read_bytes())
    (folder / "gladhand.toml").write_text(minimal(CERTIFICATE.format(cert="web.pem", key="web.key"), TLS))
    done = run_binary("validate", "-c", "etc/gladhand.toml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_an_endpoint_whose_name_does_not_resolve_is_named_with_its_place(write):
    text = minimal(upstream="http://no-such-host.invalid:80")
    done = run_binary("run", "--config", "gladhand.toml", cwd=write(text))
    assert_one_error(done, 3, f"gladhand.toml:{line_of(text, 'upstream = ')}:", "no-such-host.invalid")


def test_a_log_that_cannot_be_written_ends_the_start(write):
    text = minimal('[log]\naccess = { file = "no/such/folder/access.log" }\n')
    done = run_binary("run", "--config", "gladhand.toml", cwd=write(text))
    assert done.returncode == 3 and "error" in done.stderr


def test_an_unknown_key_is_invalid_for_run_and_for_validate(write):
    text = minimal(listener='adress = "127.0.0.1:1"')
    for arguments in (["run", "--config"], ["validate", "-c"], ["-t", "-c"]):
        done = run_binary(*arguments, "gladhand.toml", cwd=write(text))
        assert_one_error(done, 1, f"gladhand.toml:{line_of(text, 'adress')}:1", "unknown key", "did you mean `address`?")


def test_all_errors_are_shown_at_once(write):
    text = minimal(listener='adress = "x"\nbacklog = 0\ntimeouts = { header = "10" }', upstream="nobody")
    done = run_binary("validate", "-c", "gladhand.toml", cwd=write(text))
    assert done.returncode == 1
    assert set(re.findall(r"error\[(E\d+)\]", done.stderr)) == {"E012", "E014", "E015", "E031"}
    assert "4 errors" in done.stderr


def test_a_file_that_is_no_toml_is_invalid(write):
    done = run_binary("run", "--config", "gladhand.toml", cwd=write("[server\n"))
    assert_one_error(done, 1, "gladhand.toml:1:")


def test_a_file_that_is_not_there_is_invalid(tmp_path):
    done = run_binary("run", "--config", "missing.toml", cwd=tmp_path)
    assert done.returncode == 1 and "missing.toml" in done.stderr


def test_errors_are_given_to_programs_as_json(write):
    text = minimal(listener='adress = "x"')
    done = run_binary("validate", "--json", "-c", "gladhand.toml", cwd=write(text))
    error, = json.loads(done.stdout)
    assert done.returncode == 1
    assert (error["code"], error["line"], error["column"]) == ("E012", line_of(text, "adress"), 1)


def test_what_is_valid_is_said_to_be(write):
    done = run_binary("validate", "-c", "gladhand.toml", cwd=write(minimal()))
    assert (done.returncode, done.stderr) == (0, "")
    done = run_binary("validate", "--json", "-c", "gladhand.toml", cwd=write(minimal()))
    assert (done.returncode, json.loads(done.stdout)) == (0, [])


# ---- the command line

@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["run", "--nonsense"], ["reverse"], ["reverse", "--from", ":1"], ["forward", "--allow"]])
def test_a_command_line_that_makes_no_sense_exits_with_2(arguments, tmp_path):
    done = run_binary(*arguments, cwd=tmp_path)
    assert done.returncode == 2 and done.stdout == "" and done.stderr


@pytest.mark.parametrize("command", [[], ["run"], ["demo"], ["reverse"], ["forward"], ["validate"], ["healthcheck"], ["version"]])
def test_help_explains_and_exits_with_0(command):
    done = run_binary(*command, "--help")
    assert done.returncode == 0 and "--help" in done.stdout and done.stderr == ""


def test_the_version_is_shown():
    text, as_json = run_binary("version"), run_binary("version", "--json")
    assert re.fullmatch(r"gladhand \d+\.\d+\.\d+.*\n", text.stdout)
    assert json.loads(as_json.stdout)["version"] in text.stdout


def test_healthcheck_knows_ready_from_not_ready(start, origin):
    proxy = start(origin, server={"shutdown_delay": "1h"})
    address = f"127.0.0.1:{proxy.admin.port}"
    assert run_binary("healthcheck", "--admin", address).returncode == 0
    proxy.signal(signal.SIGTERM)
    eventually(lambda: proxy.admin.get("/readyz")[0] == 503)
    assert run_binary("healthcheck", "--admin", address).returncode not in (0, 2)
    assert run_binary("healthcheck", "--admin", f"127.0.0.1:{free_port()}").returncode not in (0, 2)
    proxy.signal(signal.SIGTERM)
    proxy.wait()


def test_the_configuration_is_found_by_the_environment_and_the_program_says_so(tmp_path):
    path = tmp_path / "elsewhere.toml"
    path.write_text(minimal())
    admin = Admin(int(re.search(r'admin = "127.0.0.1:(\d+)"', path.read_text())[1]))
    proxy = Process(["run"], tmp_path, env={"GLADHAND_CONFIG": str(path)})
    eventually(admin.is_ready)
    assert "elsewhere.toml" in proxy.errors
    proxy.stop()


def test_every_listener_is_named_with_its_address(start, origin):
    proxy = start(origin, tls=True)
    for name, port in proxy.ports.items():
        assert f"listening on 127.0.0.1:{port} as {name}" in proxy.errors


def test_port_0_is_the_kernels_choice_and_is_told(tmp_path, origin):
    admin_port = free_port()
    (tmp_path / "gladhand.toml").write_text(f"""
[server]
admin = "127.0.0.1:{admin_port}"
workers = 2
[[listener]]
name = "any"
address = "127.0.0.1:0"
[[route]]
upstream = "{origin.endpoint}"
""")
    proxy = Process(["run", "--config", "gladhand.toml"], tmp_path)
    eventually(Admin(admin_port).is_ready)
    port = int(re.search(r"listening on 127\.0\.0\.1:(\d+) as any", proxy.errors)[1])
    for _ in range(4):
        assert curl(f"http://127.0.0.1:{port}/").text == "ok"
    proxy.stop()


@pytest.mark.parametrize("options, scheme", [([], "https"), (["--plain"], "http")])
def test_reverse_fronts_an_application_in_one_line(tmp_path, options, scheme):
    port, admin_port = free_port(), free_port()
    with Origin() as application:
        proxy = Process(["reverse", "--from", f"127.0.0.1:{port}", "--to", f"127.0.0.1:{application.port}", "--admin",
                         f"127.0.0.1:{admin_port}", *options], tmp_path)
        eventually(Admin(admin_port).is_ready)
        assert curl("--insecure", f"{scheme}://127.0.0.1:{port}/").text == "ok"
        proxy.stop()


@pytest.mark.parametrize("options, option", [(["--from", ":x", "--to", "127.0.0.1:1"], "--from"), (["--from", ":1", "--to", "127.0.0.1:x"], "--to"),
                                             (["--from", ":1", "--to", "127.0.0.1:1", "--admin", "x"], "--admin")])
def test_what_is_wrong_with_an_option_of_reverse_is_said_of_it(tmp_path, options, option):
    done = run_binary("reverse", *options, cwd=tmp_path)
    assert done.returncode == 2 and f"--> {option}\n" in done.stderr, done.stderr
