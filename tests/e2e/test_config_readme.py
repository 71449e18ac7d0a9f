"""What config/README.md tells people to write and to run is valid and works."""

import re
import subprocess

import pytest

from support.process import BINARY, PATIENCE, PROJECT

README = (PROJECT / "config" / "README.md").read_text()
SECTIONS = {title: text for title, _, text in (part.partition("\n") for part in README.split("\n## ")[1:])}


def block(text, language):
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)
    assert len(blocks) == 1, f"a section has one block of {language}"
    return blocks[0]


@pytest.fixture
def folder(tmp_path, authority):
    """With what the snippets take for granted: certificates, and the programs by their plain names."""
    (tmp_path / "certs").mkdir()
    (tmp_path / "certs" / "web.pem").write_bytes(authority.localhost.cert.read_bytes())
    (tmp_path / "certs" / "web.key").write_bytes(authority.localhost.key.read_bytes())
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "gladhand").symlink_to(BINARY)
    return tmp_path


@pytest.mark.parametrize("title", SECTIONS)
def test_what_a_section_says_works(folder, title):
    (folder / "gladhand.toml").write_text(block(SECTIONS[title], "toml"))
    path = f"{folder}/bin:{PROJECT}/build/npm/node_modules/.bin:/usr/local/bin:/usr/bin:/bin"
    done = subprocess.run(["bash", "-e"], input=block(SECTIONS[title], "sh"), cwd=folder, capture_output=True, text=True,
                          timeout=6 * PATIENCE, env={"PATH": path, "NO_COLOR": "1"})
    assert done.returncode == 0, done.stdout + done.stderr
    check = subprocess.run([BINARY, "validate", "-c", "gladhand.toml"], cwd=folder, capture_output=True, text=True, timeout=PATIENCE)
    assert check.returncode == 0, check.stderr


def test_there_are_sections_to_try():
    assert len(SECTIONS) >= 6
