"""A configuration in several files: run, read anew, shown, explained, and refused with the right file's name."""

import json

import pytest

from support.http1 import Wire, response
from support.origin import Origin
from support.ports import free_port
from support.process import run_binary


def named(name):
    return Origin(lambda request, wire: response(name.encode()))


def route(path, origin):
    return f'[[route]]\nmatch = {{ path = "{path}" }}\nupstream = "{origin.endpoint}"\n'


def ask(proxy, path):
    with Wire.connect(proxy.http) as wire:
        wire.get(path)
        reply = wire.read_response()
        return reply.status, reply.body.decode()


def reload(proxy):
    return run_binary("reload", "--admin", f"127.0.0.1:{proxy.admin.port}")


def test_routes_come_from_all_files_and_follow_a_reload(start):
    with named("main") as main, named("blue") as blue, named("green") as green:
        proxy = start(main, route={"match": {"path": "/main"}}, included={"routes/20-all.toml": route("/*", green), "routes/10-blue.toml": route("/blue", blue)})
        proxy.config.write_text(proxy.config.read_text().replace("['routes/20-all.toml', 'routes/10-blue.toml']", '"routes/*.toml"'))
        assert [ask(proxy, path) for path in ("/main", "/blue", "/other")] == [(200, "main"), (200, "green"), (200, "green")], "in the order of the list"
        assert reload(proxy).returncode == 0
        assert [ask(proxy, path) for path in ("/main", "/blue", "/other")] == [(200, "main"), (200, "blue"), (200, "green")], "in the order of the names"
        (proxy.config.parent / "routes" / "20-all.toml").unlink()
        (proxy.config.parent / "routes" / "30-new.toml").write_text(route("/new", green))
        assert reload(proxy).returncode == 0
        assert [ask(proxy, path)[0] for path in ("/main", "/blue", "/new", "/other")] == [200, 200, 200, 404]


def test_a_mistake_in_an_included_file_is_told_with_its_place_and_changes_nothing(start):
    with named("main") as main, named("blue") as blue:
        proxy = start(main, route={"match": {"path": "/main"}}, included={"routes/blue.toml": route("/blue", blue)})
        (proxy.config.parent / "routes" / "blue.toml").write_text("\n" + route("/blue", blue).replace("upstream", "upstraem"))
        done = reload(proxy)
        assert done.returncode == 1
        assert "--> routes/blue.toml:4:1\n" in done.stderr and "did you mean `upstream`?" in done.stderr, done.stderr
        assert ask(proxy, "/blue") == (200, "blue")
        assert "routes/blue.toml:4:1" in proxy.errors


def test_what_is_in_force_names_the_file_of_each_value(start):
    with named("main") as main, named("blue") as blue:
        proxy = start(main, route={"match": {"path": "/main"}}, included={"routes/blue.toml": route("/blue", blue)})
        shown = json.loads(proxy.admin.get("/api/v1/config")[1])
        assert shown["files"] == ["gladhand.toml", "routes/blue.toml"]
        assert shown["configuration"]["include"] == {"value": ["routes/blue.toml"], "from": "gladhand.toml:1"}
        assert shown["configuration"]["route"][1]["upstream"] == {"value": blue.endpoint, "from": "routes/blue.toml:3"}
        explained = run_binary("config", "explain", f"http://localhost:{proxy.http}/blue", "-c", "gladhand.toml", cwd=proxy.config.parent)
        assert explained.returncode == 0, explained.stderr
        assert any(line.split()[:3] == ["route", "2", "yes:"] and line.endswith("(routes/blue.toml:1)") for line in explained.stdout.splitlines()), explained.stdout
        assert any(line.split()[:3] == ["route", "1", "no:"] and "(gladhand.toml:" in line for line in explained.stdout.splitlines())


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "gladhand.toml").write_text(f'include = "parts/*.toml"\n[server]\nadmin = "127.0.0.1:{free_port()}"\n[[listener]]\naddress = ":8443"\ntls = {{ certificates = "web" }}\n')
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "routes.toml").write_text('[[route]]\nupstream = "http://127.0.0.1:3000"\n')
    return tmp_path


def certificate(cert, key):
    return f'[certificate.web]\ncert = "{cert}"\nkey = "{key}"\n'


def test_paths_begin_in_the_folder_of_the_main_file(folder, authority):
    (folder / "web.pem").write_bytes(authority.localhost.cert.read_bytes())
    (folder / "web.key").write_bytes(authority.localhost.key.read_bytes())
    (folder / "parts" / "web.toml").write_text(certificate("web.pem", "web.key"))
    done = run_binary("validate", "-c", "gladhand.toml", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["gladhand.toml is valid", "  it includes parts/routes.toml", "  it includes parts/web.toml"]
    elsewhere = run_binary("validate", "-c", str(folder / "gladhand.toml"), cwd="/")
    assert elsewhere.returncode == 0, elsewhere.stderr


def test_a_file_that_an_included_one_names_and_that_is_missing_is_told_with_its_place(folder):
    (folder / "parts" / "web.toml").write_text(certificate("none.pem", "none.key"))
    done = run_binary("validate", "--json", "-c", "gladhand.toml", cwd=folder)
    error, = json.loads(done.stdout)
    assert done.returncode == 1
    assert (error["file"], error["line"], error["column"], error["text"]) == ("parts/web.toml", 2, 8, 'cert = "none.pem"')


def test_errors_of_all_files_come_at_once_as_json(folder):
    (folder / "parts" / "web.toml").write_text("[certificate.web]\ncert = 1\nkye = \"k\"\n")
    (folder / "parts" / "extra.toml").write_text('[server]\nworkers = 1\n[[route]]\nupstream = "http://127.0.0.1:3000"\npush = "yes"\n')
    done = run_binary("validate", "--json", "-c", "gladhand.toml", cwd=folder)
    errors = json.loads(done.stdout)
    assert [(e["code"], e["file"], e["line"], e["column"]) for e in errors] == [
        ("E059", "parts/extra.toml", 1, 2), ("E013", "parts/extra.toml", 5, 8), ("E013", "parts/web.toml", 2, 8), ("E012", "parts/web.toml", 3, 1)], done.stdout
    assert errors[0]["hint"] == "move it to gladhand.toml"
