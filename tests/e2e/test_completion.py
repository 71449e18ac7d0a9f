"""What shells make of `gladhand completion`: real ones, asked by the key that people press where that can be."""

import os
import pty
import select
import subprocess
import time

import pytest

from support.process import BINARY, PATIENCE, run_binary


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """With the program under its own name, the scripts, and some files."""
    folder = tmp_path_factory.mktemp("completion")
    (folder / "gladhand").symlink_to(BINARY.resolve())
    for shell in ("bash", "zsh", "fish"):
        done = run_binary("completion", shell)
        assert (done.returncode, done.stderr) == (0, "")
        (folder / f"script.{shell}").write_text(done.stdout)
    (folder / "of mine.toml").write_text("")
    (folder / "folder").mkdir()
    return folder


def environment(folder):
    return {"PATH": f"{folder}:{os.environ['PATH']}", "HOME": str(folder), "TERM": "dumb", "LC_ALL": "C.UTF-8", "XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder)}


class Terminal:
    """A shell that somebody sits at."""

    def __init__(self, arguments, folder):
        self._seen = ""
        self._pid, self._fd = pty.fork()
        if self._pid == 0:
            os.chdir(folder)
            os.execvpe(arguments[0], arguments, environment(folder))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self._fd)
        os.kill(self._pid, 9)
        os.waitpid(self._pid, 0)

    def type(self, text):
        os.write(self._fd, text.encode())

    def until(self, wanted):
        """What comes behind it is kept for the next call."""
        deadline = time.monotonic() + PATIENCE
        while wanted not in self._seen:
            assert time.monotonic() < deadline, f"{wanted!r} did not come: {self._seen!r}"
            if select.select([self._fd], [], [], 0.1)[0]:
                self._seen += os.read(self._fd, 4096).decode("utf-8", "replace")
        self._seen = self._seen.partition(wanted)[2]


def test_bash_completes_at_a_key(folder):
    with Terminal(["bash", "--norc", "--noprofile", "-i"], folder) as bash:
        bash.type("PS1=; bind 'set bell-style none'; source script.bash; echo re''ady\n")
        bash.until("ready")
        bash.type("gladhand pro\t--vi\tx\n")
        bash.until("gladhand probe --via x")
        bash.type("gladhand run --config of\t")
        bash.until("of\\ mine.toml")


def test_zsh_completes_at_a_key(folder):
    with Terminal(["zsh", "-f", "-i"], folder) as zsh:
        zsh.type("PS1=; autoload -Uz compinit && compinit -u -d dump; source ./script.zsh; echo re''ady\n")
        zsh.until("ready")
        zsh.type("gladhand pro\t--vi\t")
        zsh.until("be ")
        zsh.until("--via")


def bash_offers(folder, *line):
    words = " ".join(f"'{word}'" for word in line)
    script = f"source script.bash; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _gladhand; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    done = subprocess.run(["bash", "--norc", "-c", script], cwd=folder, env=environment(folder), capture_output=True, text=True, timeout=PATIENCE)
    assert done.stderr == "", done.stderr
    return set(filter(None, done.stdout.split("\n")))


def fish_offers(folder, *line):
    typed = " ".join(line)
    done = subprocess.run(["fish", "--no-config", "-c", f"source script.fish; complete -C '{typed}'"], cwd=folder, env=environment(folder), capture_output=True, text=True, timeout=PATIENCE)
    assert done.stderr == "", done.stderr
    return {offer.split("\t")[0] for offer in done.stdout.splitlines()}


@pytest.mark.parametrize("offers", [bash_offers, fish_offers])
@pytest.mark.parametrize("line, wanted", [
    (["gladhand", "pro"], {"probe"}),
    (["gladhand", "config", "s"], {"show", "schema"}),
    (["gladhand", "tickets", ""], {"new", "rotate"}),
    (["gladhand", "cert", "self-signed", "--d"], {"--days"}),
    (["gladhand", "completion", "z"], {"zsh"}),
    (["gladhand", "stop", "--"], {"--help", "--admin", "--wait"}),
])
def test_commands_options_and_words_are_offered_where_they_belong(folder, offers, line, wanted):
    assert offers(folder, *line) == wanted


@pytest.mark.parametrize("line", [["gladhand", "run", "--config", "of"], ["gladhand", "doctor", "-c", "of"], ["gladhand", "cert", "show", "of"], ["gladhand", "config", "show", "-c", "of"],
                                  ["gladhand", "run", "--config", "=", "of"]])
def test_files_are_offered_where_a_file_is_meant(folder, line):
    assert bash_offers(folder, *line) == {"of mine.toml"}
    if "=" not in line:
        assert [offer.replace("\\", "") for offer in fish_offers(folder, *line)] == ["of mine.toml"]


@pytest.mark.parametrize("line", [["gladhand", "probe", "of"], ["gladhand", "probe", "--timeout", "of"], ["gladhand", "run", "--workers", "of"]])
def test_files_are_not_offered_where_none_is_meant(folder, line):
    assert not bash_offers(folder, *line) and not fish_offers(folder, *line)


def test_a_command_is_one_only_where_it_stands(folder):
    assert bash_offers(folder, "gladhand", "run", "--config", "probe", "--w") == {"--workers"}
    assert bash_offers(folder, "gladhand", "stop", "show", "--w") == {"--wait"}


def test_a_shell_that_is_not_known_is_refused():
    assert run_binary("completion", "tcsh").returncode == 2
