"""The tree speaks for itself: no paths of somebody's machine, no notes left for later."""

import re

from tree import Finding, Tree

# Assembled from pieces, because this file is read too.
MACHINE_PATH = re.compile(r"(?<![\w.*])/(?:wo" + r"rk|ro" + r"ot|ho" + r"me/[a-z]\w*)(?=/)|\.\./sha" + r"red\b")
NOTE = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|X" + r"XX)\b")


def check(tree: Tree):
    findings = []
    for file in tree.files:
        for number, line in file.lines():
            if match := MACHINE_PATH.search(line):
                findings.append(Finding(file.path, number, f"names {match[0]}, a path of one machine",
                                        "Write the path relative to the project, or take it from an argument."))
            if match := NOTE.search(line):
                findings.append(Finding(file.path, number, f"says {match[0]}",
                                        "Do it, or say in a full sentence what is not supported and why."))
    return len(tree.files), findings
