"""deploy/README.md: what it names exists, and the commands that can be run anywhere do what it says."""

import re
import subprocess

import pytest

from support.process import PROJECT, run_binary

TEXT = (PROJECT / "deploy" / "README.md").read_text()
COMMANDS = [line.partition(" #")[0].strip() for block in re.findall(r"```sh\n(.*?)```", TEXT, re.S) for line in block.replace("\\\n", " ").splitlines()]


def commands(*begins):
    found = [command.split() for command in COMMANDS if command.removeprefix("sudo ").startswith(begins)]
    assert found, f"none begins with {begins}"
    return found


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\b(?:deploy|config|dashboards)/[\w./-]*\w", TEXT))))
def test_every_file_that_it_names_exists(path):
    assert (PROJECT / path).exists()


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:overlays|base)/[\w./-]+)`", TEXT))))
def test_every_overlay_that_it_names_exists(path):
    assert (PROJECT / "deploy" / "kubernetes" / path).exists()


def test_every_overlay_that_exists_is_named():
    assert all(f"`overlays/{path.name}`" in TEXT for path in (PROJECT / "deploy" / "kubernetes" / "overlays").iterdir())


def test_the_commands_for_ticket_keys_work_in_the_order_in_which_they_stand(tmp_path):
    last = b""
    for command in commands("gladhand tickets"):
        if command[2] == "new":
            (tmp_path / "tickets.key").unlink(missing_ok=True)  # the guide makes one for each way to deploy
        done = run_binary(*command[1:], cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        content = (tmp_path / "tickets.key").read_bytes()
        assert content != last and len(content) % 80 == 0
        last = content


def test_every_option_of_cmake_that_it_gives_is_one():
    given = {option for command in commands("cmake") for word in command for option in re.findall(r"^-D(GLADHAND_\w+)=", word)}
    known = set(re.findall(r"^option\((\w+)", (PROJECT / "CMakeLists.txt").read_text(), re.M))
    assert given and given <= known


def test_every_command_of_the_program_that_it_gives_is_one():
    for command in commands("gladhand"):
        done = run_binary(*[word for word in command[1:3] if re.fullmatch(r"[a-z]+", word)], "--help")
        assert done.returncode == 0, command


def test_the_key_of_fast_open_that_it_makes_is_one(tmp_path, start, origin):
    made = re.search(r"`(openssl rand [^`>]*)>", TEXT)[1]
    key = tmp_path / "fast-open.key"
    key.write_bytes(subprocess.run(made.split(), capture_output=True, check=True, timeout=20).stdout)
    start(origin, listener={"fast_open": 1, "fast_open_key": str(key)})


def test_the_rules_that_it_names_are_some_that_prometheus_takes():
    for command in commands("promtool"):
        done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("SUCCESS") == 2


def test_what_it_has_kustomize_build_is_there_to_be_built():
    for command in commands("kubectl kustomize"):
        assert (PROJECT / command[2] / "kustomization.yaml").is_file()
