"""Session ticket keys that replicas share by a file: made, rotated, watched, and refused when they are not what they should be."""

import re
import shutil
import subprocess

import pytest

from support.process import eventually, run_binary

REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def tickets(*arguments):
    done = run_binary("tickets", *map(str, arguments))
    assert done.returncode == 0, done.stderr
    return arguments[-1]


@pytest.fixture
def key_file(tmp_path):
    return tickets("new", tmp_path / "tickets.key")


@pytest.fixture
def replica(start, origin, authority, key_file):
    """`replica()`: one more proxy with the same certificate and ticket keys."""
    def begin(keys=key_file, **more):
        return start(origin, tls={"certificates": ["web"], "tickets": str(keys), **more}, certificates={"web": authority.localhost}, server={"workers": 2})
    return begin


def visit(proxy, version, session=None, keep=None):
    """One request; whether its session was resumed. `keep`: where the session is written."""
    arguments = ["openssl", "s_client", "-connect", f"localhost:{proxy.https}", "-servername", "localhost", f"-{version}", "-ign_eof"]
    if session:
        arguments += ["-sess_in", session]
    if keep:
        arguments += ["-sess_out", keep]
    got = subprocess.run(arguments, input=REQUEST, capture_output=True, timeout=20).stdout.decode("utf-8", "replace")
    assert "HTTP/1.1 200" in got, got
    return re.search(r"^(New|Reused), TLS", got, re.M)[1] == "Reused"


@pytest.mark.parametrize("version", ["tls1_2", "tls1_3"])
def test_a_session_of_one_replica_is_resumed_at_the_others(replica, tmp_path, version):
    first, second, third = replica(), replica(), replica()
    session = tmp_path / "session"
    assert not visit(first, version, keep=session)
    assert visit(second, version, session, keep=session)
    assert visit(third, version, session)


def test_without_the_file_replicas_do_not_know_each_others_sessions(start, origin, authority, tmp_path):
    first, second = (start(origin, tls=True) for _ in range(2))
    session = tmp_path / "session"
    visit(first, "tls1_3", keep=session)
    assert not visit(second, "tls1_3", session)


def test_other_keys_open_nothing(replica, tmp_path):
    first, second = replica(), replica(tickets("new", tmp_path / "others.key"))
    visit(first, "tls1_2", keep=tmp_path / "session")
    assert not visit(second, "tls1_2", tmp_path / "session")


def test_a_rotation_reaches_replicas_one_after_the_other_and_interrupts_no_session(replica, key_file, tmp_path):
    late = tmp_path / "late.key"
    shutil.copy(key_file, late)
    first, second = replica(), replica(late)
    session = tmp_path / "session"
    visit(second, "tls1_2", keep=session)
    tickets("rotate", key_file)
    eventually(lambda: "used from now on" in first.errors, "it has read the file again")
    assert visit(first, "tls1_2", session), "what was sealed before the rotation"
    visit(first, "tls1_2", keep=session)
    assert visit(second, "tls1_2", session), "what is sealed by the next key, at a replica that has not heard of the rotation"
    shutil.copy(key_file, late)
    eventually(lambda: "used from now on" in second.errors)
    assert visit(second, "tls1_2", session)


def test_a_key_that_two_rotations_have_dropped_opens_nothing(replica, key_file, tmp_path):
    proxy, session = replica(), tmp_path / "session"
    visit(proxy, "tls1_2", keep=session)
    for count in (1, 2):
        tickets("rotate", key_file)
        eventually(lambda: proxy.errors.count("used from now on") == count)
    assert not visit(proxy, "tls1_2", session)


def test_a_secret_that_is_swapped_as_a_whole_is_seen(replica, tmp_path):
    """As a volume of Kubernetes does it: the file is a link into a folder that a link names, and that link is replaced."""
    volume = tmp_path / "secret"
    for number in (1, 2):
        (volume / f"..{number}").mkdir(parents=True)
        tickets("new", volume / f"..{number}" / "tickets.key")
    (volume / "..data").symlink_to("..1")
    (volume / "tickets.key").symlink_to("..data/tickets.key")
    proxy = replica(volume / "tickets.key")
    (volume / "..next").symlink_to("..2")
    (volume / "..next").rename(volume / "..data")
    eventually(lambda: "used from now on" in proxy.errors)


def test_a_file_that_becomes_useless_leaves_the_keys_as_they_were(replica, key_file, tmp_path):
    proxy, session = replica(), tmp_path / "session"
    visit(proxy, "tls1_3", keep=session)
    key_file.write_bytes(b"x" * 81)
    eventually(lambda: "what it held before stays" in proxy.errors)
    assert "81 bytes" in proxy.errors
    assert visit(proxy, "tls1_3", session)


@pytest.mark.parametrize("content, words", [(b"", "no ticket key"), (b"x" * 48, "AES-128"), (b"x" * 100, "100 bytes"), (None, "cannot read")])
def test_a_file_that_is_none_ends_the_start_with_its_place(tmp_path, authority, content, words):
    if content is not None:
        (tmp_path / "tickets.key").write_bytes(content)
    (tmp_path / "gladhand.toml").write_text("""[server]
admin = "off"
[[listener]]
address = "127.0.0.1:0"
tls = { self_signed = true,
        tickets = "tickets.key" }
[[route]]
upstream = "http://127.0.0.1:9"
""".replace(",\n        ", ", "))
    done = run_binary("run", "--config", "gladhand.toml", cwd=tmp_path)
    assert done.returncode == 3 and words in done.stderr and "gladhand.toml:5:" in done.stderr, done.stderr
    if content is not None:
        assert "gladhand tickets new" in done.stderr


def test_early_data_and_shared_keys_exclude_each_other(tmp_path, key_file):
    (tmp_path / "gladhand.toml").write_text("""[[listener]]
address = "127.0.0.1:0"
tls = { self_signed = true, early_data = true, tickets = "tickets.key" }
[[route]]
upstream = "http://127.0.0.1:9"
""")
    done = run_binary("validate", "-c", "gladhand.toml", cwd=tmp_path)
    assert done.returncode == 1 and "error[E045]" in done.stderr and "gladhand.toml:3:" in done.stderr, done.stderr


def test_a_new_file_replaces_none_and_is_its_owners_alone(key_file):
    before = key_file.read_bytes()
    assert len(before) == 160 and key_file.stat().st_mode & 0o777 == 0o600
    done = run_binary("tickets", "new", str(key_file))
    assert done.returncode == 3 and "rotate" in done.stderr
    assert key_file.read_bytes() == before


def test_rotating_what_is_not_there_is_an_error(tmp_path):
    done = run_binary("tickets", "rotate", str(tmp_path / "none.key"))
    assert done.returncode == 3 and "none.key" in done.stderr
    assert list(tmp_path.iterdir()) == []
