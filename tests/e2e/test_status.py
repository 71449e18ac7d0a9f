"""`gladhand status` and `gladhand stop`: what a running proxy says of itself on a terminal, and how it is asked to end."""

import http.client
import json
import os
import pty
import re
import signal
import socket
import subprocess
import threading
import time

import pytest

from support.commands import ENVIRONMENT, curl
from support.ports import free_port
from support.process import BINARY, CUT_AND_END, PATIENCE, eventually, run_binary


def admin_of(proxy):
    return f"127.0.0.1:{proxy.admin.port}"


def status(proxy, *arguments):
    return run_binary("status", "--admin", admin_of(proxy), *arguments)


def on_a_terminal(*arguments, **environment):
    """What it prints to a terminal of its own."""
    ours, theirs = pty.openpty()
    inherited = {key: value for key, value in ENVIRONMENT.items() if key != "NO_COLOR"}
    child = subprocess.Popen([BINARY, *arguments], stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs, env={**inherited, **environment})
    os.close(theirs)
    seen = b""
    try:
        while piece := os.read(ours, 4096):
            seen += piece
    except OSError:  # the other side of a terminal was closed
        pass
    finally:
        os.close(ours)
        assert child.wait(PATIENCE) == 0, seen
    return seen.decode()


def row(text, name):
    """The cells of the line that begins with a name."""
    return re.search(rf"^  {re.escape(name)} +(.*)$", text, re.M)[1].split()


# ---- status

def test_one_screen_says_how_the_proxy_is(start, origin):
    proxy = start(origin, tls=True)
    for _ in range(3):
        assert curl("--insecure", proxy.url(listener="https")).text == "ok"
    proxy.idle_metrics(3)
    done = status(proxy)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.match(r"gladhand \d+\.\d+\.\d+, serving, up \d+ seconds?\n", done.stdout), done.stdout
    assert re.search(r"^  workers +1;", done.stdout, re.M) and re.search(r"^  configuration +in force since \d{4}-", done.stdout, re.M), done.stdout
    assert f"http://{admin_of(proxy)}/" in done.stdout
    address, opened, accepted, failed, requests, phase, *percentiles = row(done.stdout, "https")
    assert (address, accepted, failed, requests, phase) == (f"127.0.0.1:{proxy.https}", "3", "0", "3", "tls")
    assert re.fullmatch(r"(\d+(\.\d+)? (µs|ms|s) ?){3}", " ".join(percentiles)), percentiles
    assert origin.endpoint in row(done.stdout, "app") and "first_byte" in row(done.stdout, "app")
    assert len(done.stdout.splitlines()) < 24


def test_what_should_be_done_is_said_with_its_cure(start, origin):
    proxy = start(origin)
    good = proxy.config.read_text()
    proxy.config.write_text(good + "nonsense = 1\n")
    assert run_binary("reload", "--admin", admin_of(proxy)).returncode == 1
    said = status(proxy).stdout
    assert re.search(r"^  configuration +.*1 reload, 1 failed, the last one too", said, re.M), said
    assert re.search(r"^  notice +The last reload failed.*\n +cure +gladhand reload --admin [\d.:]+$", said, re.M), said
    proxy.config.write_text(good)
    assert run_binary("reload", "--admin", admin_of(proxy)).returncode == 0
    assert "notice" not in status(proxy).stdout


def test_programs_get_what_the_api_says(start, origin):
    proxy = start(origin, tls=True)
    curl("--insecure", proxy.url(listener="https"))
    proxy.idle_metrics(1)
    done = status(proxy, "--json")
    said = json.loads(done.stdout)
    assert done.returncode == 0 and set(said) == {"status", "listeners", "upstreams", "summary"}
    # The connection to the upstream may close between the two answers.
    eventually(lambda: all(json.loads(status(proxy, "--json").stdout)[part] == json.loads(proxy.admin.get(f"/api/v1/{part}")[1])
                           for part in ("listeners", "upstreams", "summary")), "the two say the same")
    assert said["status"]["configuration"]["last_reload_ok"] is True
    secure = next(one for one in said["listeners"]["listeners"] if one["name"] == "https")
    assert {"tcp", "tls"} <= {phase["name"] for phase in secure["phases"]}


def test_a_proxy_that_drains_is_reached_and_does_not_serve(start, origin):
    proxy = start(origin, server={"shutdown_delay": "1h"})
    proxy.signal(signal.SIGTERM)
    eventually(lambda: proxy.admin.get("/readyz")[0] == 503)
    done = status(proxy)
    assert done.returncode == 3 and ", draining, up " in done.stdout
    proxy.signal(signal.SIGTERM)
    proxy.wait()


@pytest.mark.parametrize("command", ["status", "stop", "reload", "healthcheck"])
def test_where_nobody_answers_that_is_said(command):
    address = f"127.0.0.1:{free_port()}"
    done = run_binary(command, "--admin", address)
    assert (done.returncode, done.stdout, done.stderr) == (3, "", f"nobody answers at {address}\n")


@pytest.mark.parametrize("command", ["status", "stop"])
def test_who_is_no_gladhand_is_told_apart(command, nginx):
    done = run_binary(command, "--admin", f"127.0.0.1:{nginx.port}")
    assert (done.returncode, done.stdout) == (3, "") and done.stderr.count("\n") == 1, done.stderr


def test_an_answer_in_json_that_is_none_of_ours_is_told_apart():
    with socket.create_server(("127.0.0.1", 0)) as server:
        def serve():
            for _ in range(4):
                wire, _ = server.accept()
                with wire:
                    wire.recv(4096)
                    wire.sendall(b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{"state":["serving"]}')
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        done = run_binary("status", "--admin", f"127.0.0.1:{server.getsockname()[1]}")
        thread.join(PATIENCE)
    assert done.returncode == 3 and done.stdout == "" and "no gladhand, or of another version" in done.stderr


def test_colour_is_for_terminals_whose_user_has_not_refused_it(start, origin):
    proxy = start(origin)
    arguments = ["status", "--admin", admin_of(proxy)]
    assert "\x1b[32mserving\x1b[0m" in on_a_terminal(*arguments)
    assert "\x1b" not in on_a_terminal(*arguments, NO_COLOR="1")
    assert "\x1b" not in run_binary(*arguments, env={"NO_COLOR": ""}).stdout


# ---- stop

def stop(proxy, *arguments):
    return run_binary("stop", "--admin", admin_of(proxy), *arguments)


def test_stop_ends_the_proxy_and_waits_until_it_is_gone(start, origin):
    proxy = start(origin)
    done = stop(proxy, "--wait")
    assert done.returncode == 0 and f"drains, for at most {5 + CUT_AND_END} seconds" in done.stderr and done.stderr.endswith("it is gone\n"), done.stderr
    assert proxy.wait() == 0
    assert "asked to stop through the admin listener" in proxy.errors


def test_stop_lets_what_has_begun_end(start, origin):
    proxy = start(origin)
    waiting = http.client.HTTPConnection("127.0.0.1", proxy.http, timeout=PATIENCE)
    waiting.putrequest("POST", "/")
    waiting.putheader("Content-Length", "2")
    waiting.endheaders(b"o")
    eventually(lambda: origin.connections)
    done = stop(proxy)
    assert done.returncode == 0 and "gone" not in done.stderr
    assert stop(proxy).returncode == 0, "to ask again cuts nothing"
    assert proxy.is_running()
    waiting.send(b"k")
    assert waiting.getresponse().read() == b"ok"
    assert proxy.wait() == 0


def test_a_proxy_that_does_not_end_in_time_is_not_said_to_be_gone(start, origin):
    proxy = start(origin, server={"shutdown_delay": "1s", "drain_timeout": "100ms"})
    with subprocess.Popen([BINARY, "stop", "--wait", "--admin", admin_of(proxy)], stderr=subprocess.PIPE, text=True) as waiting:
        assert "drains" in waiting.stderr.readline()
        proxy.signal(signal.SIGSTOP)  # it hangs: its port is open, and nobody answers
        try:
            assert waiting.wait(PATIENCE * 2) == 4
            assert "still there" in waiting.stderr.read()
        finally:
            proxy.signal(signal.SIGCONT)
    assert proxy.wait() == 0


@pytest.mark.parametrize("method, fields, expected", [("GET", {}, 405), ("PUT", {}, 405), ("POST", {"Origin": "http://attacker.example"}, 403),
                                                      ("POST", {"Host": "attacker.example"}, 403), ("POST", {"Origin": "null"}, 403)])
def test_pages_of_other_sites_and_other_methods_stop_nothing(start, origin, method, fields, expected):
    proxy = start(origin)
    connection = http.client.HTTPConnection("127.0.0.1", proxy.admin.port, timeout=PATIENCE)
    connection.request(method, "/api/v1/stop", headers=fields)
    assert connection.getresponse().status == expected
    connection.close()
    time.sleep(0.1)
    assert proxy.admin.is_ready() and "asked to stop" not in proxy.errors
