"""The other faces of the configuration's description: schema, reference page, and what is in force."""

import json
import shutil
import subprocess

import pytest

from support.ports import free_port
from support.process import PATIENCE, PROJECT, run_binary

CONFIG = PROJECT / "config"
TAPLO = PROJECT / "build" / "npm" / "node_modules" / ".bin" / "taplo"


def lint(path):
    """Of the file, by the schema that its #:schema line names."""
    return subprocess.run([TAPLO, "lint", path.name], cwd=path.parent, capture_output=True, text=True, timeout=6 * PATIENCE,
                          env={"PATH": "/usr/local/bin:/usr/bin:/bin", "RUST_LOG": "warn"})


@pytest.fixture
def beside_schema(tmp_path):
    """Writes a file beside the schema, and says where."""
    shutil.copy(CONFIG / "gladhand.schema.json", tmp_path)

    def write(text):
        path = tmp_path / "gladhand.toml"
        path.write_text("#:schema ./gladhand.schema.json\n\n" + text)
        return path
    return write


# ---- schema and reference page

@pytest.mark.parametrize("command, file", [("schema", "gladhand.schema.json"), ("reference", "reference.md")])
def test_what_is_committed_is_what_the_binary_writes(command, file):
    done = run_binary("config", command)
    assert done.returncode == 0 and done.stderr == ""
    assert (CONFIG / file).read_text() == done.stdout, f"config/{file} is stale: gladhand config {command} >config/{file}"


@pytest.mark.parametrize("path", sorted(CONFIG.glob("*.toml")), ids=lambda path: path.name)
def test_the_example_files_keep_to_the_schema(path):
    assert path.read_text().startswith("#:schema ./gladhand.schema.json\n")
    done = lint(path)
    assert done.returncode == 0, done.stderr


def test_a_file_to_be_included_keeps_to_the_schema_as_it_is(beside_schema):
    assert lint(beside_schema('[[route]]\nupstream = "app"\n')).returncode == 0
    assert lint(beside_schema('include = ["routes/*.toml", "certificates.toml"]\n')).returncode == 0
    assert lint(beside_schema('include = "routes/*.toml"\n')).returncode == 0


MISTAKES = {
    "a key that is misspelt": '[[listener]]\naddress = ":1"\nbakclog = 1\n',
    "a key of another table": '[server]\naddress = ":1"\n',
    "a word that is none": '[log]\nlevel = "loud"\n',
    "a number that is too large": '[server]\nworkers = 5000\n',
    "a string for a number": '[server]\nworkers = "2"\n',
    "a duration without a unit": '[server]\ndrain_timeout = "30"\n',
    "a size with a wrong unit": '[[listener]]\naddress = ":1"\nlimits = { line_bytes = "8kb" }\n',
    "a list without an element": '[[listener]]\naddress = ":1"\nprotocols = []\n',
    "an include of nothing": 'include = []\n',
    "an include that is none": 'include = { files = "*.toml" }\n',
    "a key that is missing": '[upstream.app]\nbalance = "round_robin"\n',
}


@pytest.mark.parametrize("text", MISTAKES.values(), ids=MISTAKES.keys())
def test_mistakes_are_found_by_the_schema_alone(beside_schema, text):
    path = beside_schema(text)
    done = lint(path)
    assert done.returncode != 0, f"taplo finds nothing wrong with\n{text}"
    assert "gladhand.toml" in done.stderr


# ---- what is in force

def test_what_is_in_force_is_shown_with_its_lines_and_reads_back(tmp_path):
    (tmp_path / "gladhand.toml").write_text(f'[server]\nadmin = "127.0.0.1:{free_port()}"\n\n[[listener]]\naddress = "${{WHERE}}"\n\n'
                                            '[[route]]\nupstream = "http://127.0.0.1:3000"\n')
    done = run_binary("config", "show", "--defaults", cwd=tmp_path, env={"WHERE": ":8080"})
    assert done.returncode == 0, done.stderr
    assert any(line.startswith("address ") and line.endswith("# ./gladhand.toml:5") and '":8080"' in line for line in done.stdout.splitlines()), done.stdout
    assert any(line.startswith("backlog ") and line.endswith("# default") for line in done.stdout.splitlines())
    (tmp_path / "again.toml").write_text(done.stdout)
    again = run_binary("config", "show", "--defaults", "-c", "again.toml", cwd=tmp_path)
    assert again.returncode == 0, again.stderr

    def values(text):
        return [line.rpartition("  #")[0].strip() or line for line in text.splitlines()[1:]]
    assert values(again.stdout) == values(done.stdout)


def test_what_is_invalid_is_not_shown(tmp_path):
    (tmp_path / "gladhand.toml").write_text("[server]\nworker = 1\n")
    done = run_binary("config", "show", cwd=tmp_path)
    assert done.returncode == 1 and done.stdout == "" and "did you mean `workers`?" in done.stderr


def test_the_admin_listener_tells_the_configuration_in_force(start, origin):
    proxy = start(origin, listener={"limits": {"body_bytes": "1MiB"}})
    status, body = proxy.admin.get("/api/v1/config")
    shown = json.loads(body)["configuration"]
    assert status == 200
    line = next(number for number, line in enumerate(proxy.config.read_text().splitlines(), 1) if "body_bytes" in line)
    assert shown["listener"][0]["limits"]["body_bytes"] == {"value": "1MiB", "from": f"gladhand.toml:{line}"}
    assert shown["listener"][0]["limits"]["line_bytes"] == {"value": "8KiB", "from": None}
    assert shown["upstream"]["app"]["endpoints"]["value"] == [origin.endpoint]
    as_command = run_binary("config", "show", "--defaults", "--json", "-c", "gladhand.toml", cwd=proxy.config.parent)
    assert json.loads(as_command.stdout)["configuration"] == shown


# ---- what would become of a request

ROUTED = """[[listener]]
name = "web"
address = ":8443"
tls = { self_signed = true }
limits = { body_bytes = "1MiB" }
[[listener]]
address = "127.0.0.1:8080"
[upstream.api]
endpoints = ["http://127.0.0.1:3000", "http://127.0.0.1:3001"]
timeouts = { connect = "2s" }
[[route]]
match = { host = "other.example" }
upstream = "api"
[[route]]
match = { path = ["/static/*", "/favicon.ico"] }
upstream = "api"
[[route]]
match = { host = "*.example.com", path = "/api/*" }
upstream = "api"
[[route]]
match = { host = "plain.example" }
upstream = "http://127.0.0.1:4000"
"""


@pytest.fixture
def explain(tmp_path):
    (tmp_path / "gladhand.toml").write_text(ROUTED)
    return lambda *arguments: run_binary("config", "explain", *arguments, "-c", "gladhand.toml", cwd=tmp_path)


def test_the_way_of_a_request_is_explained(explain):
    done = explain("https://www.example.com:8443/x/../api/users?page=2")
    assert done.returncode == 0, done.stderr
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert "path /api/users?page=2, in its canonical form" in lines
    assert "listener web on :8443, TLS (gladhand.toml:1)" in lines
    assert "route 1 no: the host www.example.com is not other.example (gladhand.toml:11)" in lines
    assert "route 2 no: the path /api/users is not /static/*, /favicon.ico (gladhand.toml:14)" in lines
    assert "route 3 yes: host *.example.com, path /api/* (gladhand.toml:17)" in lines
    assert not any(line.startswith("route 4") for line in lines), "what comes behind the first that matches has no part in it"
    assert "upstream api (gladhand.toml:8)" in lines and "http://127.0.0.1:3001" in lines
    assert any(line.startswith("limits ") and "body_bytes 1MiB" in line for line in lines)
    assert any(line.startswith("timeouts ") and "connect 2s" in line for line in lines)


def test_a_request_that_nobody_takes_is_explained(explain):
    done = explain("http://nobody.example:8080/")
    assert done.returncode == 0 and "404: no route matches" in done.stdout and "127.0.0.1:8080" in done.stdout
    done = explain("https://plain.example/")
    assert "no listener has port 443; this is the first that speaks TLS" in done.stdout
    assert "http://127.0.0.1:4000" in done.stdout and "connect 3s" in done.stdout


def test_redirects_and_rewritten_paths_are_explained(tmp_path):
    (tmp_path / "gladhand.toml").write_text('[[listener]]\naddress = ":8080"\nredirect = "https"\n[[listener]]\naddress = ":8443"\ntls.self_signed = true\n'
                                            '[[route]]\nupstream = "http://127.0.0.1:1"\nrewrite = { strip_prefix = "/api" }\n')
    done = run_binary("config", "explain", "http://localhost:8080/api/x", cwd=tmp_path)
    assert "308: the same by https, at port 8443" in done.stdout and "route" not in done.stdout, done.stdout + done.stderr
    assert "the upstream sees /x?y" in run_binary("config", "explain", "https://localhost:8443/api/x?y", cwd=tmp_path).stdout


def test_what_is_no_url_is_not_explained(explain):
    done = explain("www.example.com")
    assert done.returncode == 2 and "did you mean `https://www.example.com`?" in done.stderr and done.stdout == ""
    assert explain("http://a/%00").returncode == 2
