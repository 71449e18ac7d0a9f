"""Plugins are made of their interface and nothing else of ours: what is shipped could as well come from outside."""

import re

from tree import Finding, Tree

INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')
SHARED = ("sdk/", "shared/")


def check(tree: Tree):
    files = tree.code("plugins/")
    findings = []
    for file in files:
        own = file.path.split("/")[1] + "/"
        for number, line in file.lines():
            match = INCLUDE.match(line)
            if match and not match[1].startswith((*SHARED, own)):
                findings.append(Finding(
                    file.path, number, f'includes "{match[1]}"',
                    "A plugin may include sdk/gladhand_plugin.h, shared/ and its own folder. What it needs of the proxy is for the "
                    "interface to offer."))
    return len(files), findings
