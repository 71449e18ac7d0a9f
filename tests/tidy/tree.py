"""What a tidy check sees: the project's own text files, and how it says what is wrong."""

import shutil
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

CODE = (".h", ".cc")


@dataclass(frozen=True)
class Finding:
    path: str      # relative to the root of the project
    line: int
    what: str      # the rule that is broken, seen at this line
    instead: str   # the better way

    def __str__(self):
        return f"{self.path}:{self.line}: {self.what}\n  {self.instead}"


class File:
    def __init__(self, root: Path, path: str):
        self.path = path
        self.text = (root / path).read_text(encoding="utf-8")

    def lines(self):
        """(number, line), counted from 1."""
        return enumerate(self.text.splitlines(), start=1)

    def code_lines(self):
        """(number, line without its // comment). String literals are not parsed: a '//' inside one ends the line."""
        for number, line in self.lines():
            yield number, line.split("//", 1)[0]


class Tree:
    def __init__(self, root: Path):
        self.root = root

    @cached_property
    def files(self) -> list[File]:
        """Every text file that is, or is about to be, under version control."""
        found = []
        for path in sorted(self._paths()):
            if not (self.root / path).is_file():
                continue  # deleted, not yet committed
            try:
                found.append(File(self.root, path))
            except UnicodeDecodeError:
                continue  # an image
        return found

    def code(self, *folders: str) -> list[File]:
        """C++ files below the given folders, such as "proxy/exchange/"."""
        return [f for f in self.files if f.path.startswith(folders) and f.path.endswith(CODE)]

    def _paths(self):
        if (self.root / ".git").exists() and shutil.which("git"):
            listing = subprocess.run(
                ["git", "-c", f"safe.directory={self.root}", "-C", str(self.root), "ls-files", "-z",
                 "--cached", "--others", "--exclude-standard"],
                check=True, capture_output=True, text=True).stdout
            return {path for path in listing.split("\0") if path}
        # An unpacked archive has no version control; nothing but build/ and caches is foreign to it.
        found = (p.relative_to(self.root) for p in self.root.rglob("*") if p.is_file())
        return {str(p) for p in found if p.parts[0] not in ("build", ".git") and "__pycache__" not in p.parts}
