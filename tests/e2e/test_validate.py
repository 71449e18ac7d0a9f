"""`gladhand validate`: everything that is wrong with a file at once, each mistake with its line and a way out."""

import json
import re
from pathlib import Path

from support.process import run_binary

MISTAKES = Path(__file__).with_name("twenty_mistakes.toml")


def expected():
    """(line, code) of each mistake, as the file's own comments say."""
    return [(number, code) for number, line in enumerate(MISTAKES.read_text().splitlines(), 1) if number > 1
            for code in re.findall(r"E\d{3}", line.partition("  # ")[2])]


def test_twenty_mistakes_are_twenty_errors_each_with_its_line_and_a_cure():
    assert len(set(expected())) == 20
    done = run_binary("validate", "--json", "-c", MISTAKES.name, cwd=MISTAKES.parent)
    errors = json.loads(done.stdout)
    assert done.returncode == 1
    assert [(error["line"], error["code"]) for error in errors] == expected(), json.dumps(errors, indent=1)
    for error in errors:
        assert error["hint"] or " must be " in error["message"], f"no cure: {error}"
        assert error["column"] >= 1 and error["length"] >= 1 and error["text"] == MISTAKES.read_text().splitlines()[error["line"] - 1].rstrip()


def test_twenty_mistakes_are_shown_to_people_with_place_and_caret():
    done = run_binary("validate", "-c", MISTAKES.name, cwd=MISTAKES.parent)
    assert done.returncode == 1 and done.stdout == ""
    shown = re.findall(r"^error\[(E\d+)\]: .+\n +--> twenty_mistakes\.toml:(\d+):\d+\n +\|\n(\d+) \| .+\n +\| +\^+.*$", done.stderr, re.M)
    assert [(int(line), code) for code, line, again in shown if line == again] == expected(), done.stderr
    assert done.stderr.endswith("20 errors\n")
