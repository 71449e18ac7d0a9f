"""Reads deploy/Dockerfile as far as it goes: stages of instructions, with arguments filled in. What it does not know, it refuses."""

import json
import re
import shlex
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

KNOWN = {"FROM", "ARG", "WORKDIR", "COPY", "RUN", "LABEL", "USER", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"}


class NotUnderstood(Exception):
    pass


@dataclass
class Stage:
    base: str
    name: str
    steps: list = field(default_factory=list)     # (instruction, text) of what makes the file system, in order
    labels: dict = field(default_factory=dict)
    user: str = "0"
    ports: list = field(default_factory=list)
    stop_signal: str = "SIGTERM"
    health: list = field(default_factory=list)    # a command, and its options
    health_options: dict = field(default_factory=dict)
    entrypoint: list = field(default_factory=list)
    command: list = field(default_factory=list)


def instructions(text):
    """(instruction, the rest) of each, continued lines joined, comments left out."""
    joined = ""
    for line in text.splitlines():
        if line.lstrip().startswith("#") or not (joined or line.strip()):
            continue
        joined += line
        if joined.endswith("\\"):
            joined = joined[:-1]
            continue
        word, _, rest = joined.strip().partition(" ")
        if word not in KNOWN:
            raise NotUnderstood(f"instruction {word}")
        yield word, rest.strip()
        joined = ""


def read(path, arguments):
    """The stages; `arguments` are those of --build-arg."""
    stages, given, values = [], dict(arguments), {}
    for word, rest in instructions(Path(path).read_text()):
        filled = re.sub(r"\$\{(\w+)\}", lambda match: values[match[1]], rest)
        stage = stages[-1] if stages else None
        if word == "ARG":
            name, _, default = rest.partition("=")
            values[name] = given.get(name, default)
        elif word == "FROM":
            base, *more = filled.split()
            stages.append(Stage(base, more[1] if more and more[0].upper() == "AS" else ""))
        elif word in ("RUN", "COPY", "WORKDIR"):
            stage.steps.append((word, rest if word == "RUN" else filled))
        elif word == "LABEL":
            stage.labels.update(pair.split("=", 1) for pair in shlex.split(filled))
        elif word == "USER":
            stage.user = filled
        elif word == "EXPOSE":
            stage.ports += [int(port) for port in filled.split()]
        elif word == "STOPSIGNAL":
            stage.stop_signal = filled
        elif word == "HEALTHCHECK":
            options, _, command = filled.partition("CMD ")
            stage.health_options = dict(option.removeprefix("--").split("=") for option in options.split())
            stage.health = json.loads(command)
        elif word == "ENTRYPOINT":
            stage.entrypoint = json.loads(filled)
        elif word == "CMD":
            stage.command = json.loads(filled)
    return stages


class Ignored:
    """What .dockerignore leaves out of the context: the last pattern that matches a path or a folder above it decides."""

    def __init__(self, text):
        self._patterns = [line for line in map(str.strip, text.splitlines()) if line and not line.startswith("#")]

    def __contains__(self, path):
        parts = Path(path).parts
        above = ["/".join(parts[:n]) for n in range(1, len(parts) + 1)]
        ignored = False
        for pattern in self._patterns:
            wanted = pattern.removeprefix("!")
            # A star stops at a slash; "**/" is any number of folders, none included.
            def is_it(name):
                if wanted.startswith("**/"):
                    return any(fnmatch(part, wanted[3:]) for part in name.split("/"))
                return name.count("/") == wanted.count("/") and fnmatch(name, wanted)
            if any(map(is_it, above)):
                ignored = not pattern.startswith("!")
        return ignored

    def context(self, root):
        """The files below `root` that a build sees."""
        root = Path(root)
        for path in sorted(root.iterdir()):
            yield from self._walk(root, path)

    def _walk(self, root, path):
        name = str(path.relative_to(root))
        if path.is_dir() and not path.is_symlink():
            if name in self and not any(p.startswith("!" + name + "/") for p in self._patterns):
                return
            for child in sorted(path.iterdir()):
                yield from self._walk(root, child)
        elif name not in self:
            yield path
