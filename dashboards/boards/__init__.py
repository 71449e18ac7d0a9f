"""The boards: what Grafana shows, in a form that people can read and change."""

import json
from pathlib import Path

from . import handshakes, traffic, upstreams

FOLDER = Path(__file__).resolve().parent.parent
BOARDS = {"handshakes": handshakes.board, "traffic": traffic.board, "upstreams": upstreams.board}


def text_of(board: dict) -> str:
    return json.dumps(board, indent=1, ensure_ascii=False) + "\n"
