"""Includes point down, and every third-party library has one door: proxy/LAYERS, checked line by line."""

import re
from dataclasses import dataclass
from pathlib import Path

from tree import Finding, Tree

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:<([^>]+)>|"([^"]+)")')

# HTTP versions are the codec's secret. A label is the one thing that may name them above it.
VERSION_BLIND = ("proxy/exchange/", "proxy/filter/", "proxy/frontend/", "proxy/upstream/")
VERSION_WORD = re.compile(r"\w*(?:http1|http2|nghttp2|llhttp)\w*", re.IGNORECASE)
VERSION_LABEL = re.compile(r"\bhttp::Version::\w+")

# The C library and Linux. Everything else in <> is the C++ library (no dot, no slash) or needs a door.
SYSTEM_PREFIXES = ("arpa/", "asm/", "linux/", "net/", "netinet/", "sys/")
SYSTEM_HEADERS = frozenset(
    "assert.h ctype.h errno.h execinfo.h fcntl.h fnmatch.h getopt.h glob.h grp.h ifaddrs.h inttypes.h libgen.h limits.h "
    "link.h locale.h malloc.h math.h memory.h netdb.h paths.h poll.h pthread.h pwd.h sched.h semaphore.h setjmp.h "
    "signal.h spawn.h stdarg.h stdbool.h stddef.h stdint.h stdio.h stdlib.h string.h strings.h sysexits.h syslog.h "
    "termios.h time.h ucontext.h unistd.h utime.h wchar.h".split())


@dataclass(frozen=True)
class Layer:
    folders: frozenset
    headers: tuple


def read_layers(path: Path) -> dict[str, Layer]:
    layers = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            folder, rest = line.split(":", 1)
            folders, headers = rest.split("|", 1)
            layers[folder.strip()] = Layer(frozenset(folders.split()), tuple(headers.split()))
    return layers


def names(entry: str, header: str) -> bool:
    """Whether an entry of LAYERS, a header or a prefix ending in "/", means this header."""
    return header.startswith(entry) if entry.endswith("/") else header == entry


def is_system(header: str) -> bool:
    return "." not in header and "/" not in header or header.startswith(SYSTEM_PREFIXES) or header in SYSTEM_HEADERS


class Judge:
    def __init__(self, layers: dict[str, Layer]):
        self.layers = layers
        self.everywhere = layers["*"].headers if "*" in layers else ()
        self.doors = {}  # header or prefix -> the folders that may include it
        for folder, layer in layers.items():
            for entry in layer.headers:
                self.doors.setdefault(entry, []).append(folder)

    def wrong(self, folder: str, header: str, quoted: bool) -> tuple[str, str] | None:
        """What is wrong with `folder` including `header`, and the better way; None when nothing is."""
        if any(names(entry, header) for entry in self.everywhere):
            return None
        for entry, folders in self.doors.items():
            if names(entry, header):
                return None if folder in folders else self._outside_door(header, folders)
        if not quoted:
            return None if is_system(header) else (
                f"includes <{header}>, which has no door",
                "A third-party library enters through one folder: name the header on that folder's line in proxy/LAYERS.")
        lower = header.split("/", 1)[0]
        if "/" not in header or lower not in self.layers:
            return (f'includes "{header}", which is in no folder of proxy/LAYERS',
                    'Write our includes relative to proxy/, such as "base/error.h".')
        if lower == folder or lower in self.layers[folder].folders:
            return None
        allowed = " ".join(sorted(self.layers[folder].folders)) or "nothing of ours"
        return (f'{folder} includes "{header}"',
                f"Includes point down; {folder} may include: {allowed}. Move what both need to a lower floor, or let the "
                "floor above pass it in.")

    @staticmethod
    def _outside_door(header: str, folders: list) -> tuple[str, str]:
        door = " and ".join(f"proxy/{folder}/" for folder in folders)
        return (f"includes <{header}>",
                f"Its one door is {door}. Let that folder say what you need in the project's own words: a value in a "
                "record, a function on its class.")


def check(tree: Tree):
    judge = Judge(read_layers(tree.root / "proxy/LAYERS"))
    files = tree.code("proxy/")
    findings = []
    for file in files:
        parts = file.path.split("/")
        folder = parts[1] if len(parts) > 2 else "cli"  # what is beside the folders
        if folder not in judge.layers:
            findings.append(Finding(file.path, 1, f"proxy/{folder}/ has no line in proxy/LAYERS",
                                    "Give the folder its floor, or put the file on an existing one."))
            continue
        for number, line in file.lines():
            if match := INCLUDE.match(line):
                if wrong := judge.wrong(folder, match[1] or match[2], quoted=match[2] is not None):
                    findings.append(Finding(file.path, number, *wrong))
        if file.path.startswith(VERSION_BLIND):
            findings += version_words(file)
    return len(files), findings


def version_words(file):
    for number, line in file.lines():
        if word := VERSION_WORD.search(VERSION_LABEL.sub("", line)):
            yield Finding(file.path, number, f"says {word[0]}",
                          "Only codec/ knows HTTP versions. If the neutral model lacks a word for this, add it to http/; a "
                          "metric or log label is http::Version.")
