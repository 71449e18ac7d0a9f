"""A file past the limit has two reasons to change."""

from tree import Finding, Tree

MAX_LINES = 400


def check(tree: Tree):
    files = [file for file in tree.files if file.path.startswith("proxy/")]
    findings = [
        Finding(file.path, MAX_LINES + 1, f"has {count} lines, the limit is {MAX_LINES}",
                "Look for the second reason to change and give it its own file, named after its type.")
        for file in files if (count := len(file.text.splitlines())) > MAX_LINES
    ]
    return len(files), findings
