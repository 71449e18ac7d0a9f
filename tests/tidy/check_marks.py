"""Few files touch time: who may call mark() is a complete list."""

import re

from tree import Finding, Tree

MARK = re.compile(r"(?:\.|->)mark\s*\(")
MARKERS = ("net/listener", "net/dialer", "net/secure", "net/plain", "tls/tap", "frontend/connection",
           "upstream/connection", "upstream/endpoint", "upstream/pool", "exchange/exchange",
           "exchange/exchange_response", "exchange/exchange_retry", "cli/probe_hop")


def check(tree: Tree):
    files = tree.code("proxy/")
    findings = []
    for file in files:
        if file.path.removeprefix("proxy/").rsplit(".", 1)[0] in MARKERS:
            continue
        for number, line in file.code_lines():
            if MARK.search(line):
                findings.append(Finding(
                    file.path, number, "calls mark()",
                    f"Only these do: {', '.join(MARKERS)}. Tell the one of them that owns the record that it happened."))
    return len(files), findings
