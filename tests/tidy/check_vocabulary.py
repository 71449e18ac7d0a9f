"""One word, one meaning; methods are verbs, questions or events."""

import re

from tree import Finding, Tree

AVOIDED = "down" + "stream"  # in two pieces, because this file is read too
AVOIDED_WORD = re.compile(AVOIDED, re.IGNORECASE)
# A name being declared, not a call on something foreign (a.get_x(), ns::set_x(), p->get_x()).
ACCESSOR = re.compile(r"(?<![\w.>:])((?:get|set)_\w+)\s*\(")


def check(tree: Tree):
    findings = []
    for file in tree.files:
        for number, line in file.lines():
            if AVOIDED_WORD.search(line):
                findings.append(Finding(
                    file.path, number, f"says {AVOIDED}",
                    "The field gives the word two opposite meanings. Say client (it connected to us) or upstream (we "
                    "dialled it)."))
    for file in tree.code("proxy/"):
        if not file.path.endswith(".h"):
            continue
        for number, line in file.code_lines():
            if match := ACCESSOR.search(line):
                findings.append(Finding(
                    file.path, number, f"declares {match[1]}()",
                    f"Name what it answers ({match[1][4:]}()) or what it does; is_, can_ and wants_ are for questions."))
    return len(tree.files), findings
