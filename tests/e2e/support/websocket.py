"""WebSocket clients and servers by the ws package, as scripts for Node.js."""

import json
import os
import subprocess
from pathlib import Path

from .process import PATIENCE, prepare_child

SCRIPTS = Path(__file__).parent


def start_node(*arguments, authority=None):
    """Its standard output is a pipe of text. `authority`: a certificate that it trusts beside the usual ones."""
    extra = {"NODE_EXTRA_CA_CERTS": str(authority)} if authority else {}
    return subprocess.Popen(["node", *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            env={**os.environ, "NODE_PATH": "/usr/share/nodejs", **extra}, preexec_fn=prepare_child())


def talk(url, authority=None, script="websocket_client.js"):
    """What a script that prints one line of JSON saw at `url`."""
    process = start_node(SCRIPTS / script, url, authority=authority)
    try:
        output, errors = process.communicate(timeout=PATIENCE * 2)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0, errors
    return json.loads(output)
