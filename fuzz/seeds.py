#!/usr/bin/env python3
"""Writes the payloads and schemas of the codecs' test vectors: seeds.py [FOLDER]

They go to FOLDER/<target>; FOLDER is corpus/, where cargo-fuzz looks, if it is not given.
"""

import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
CORPUS = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "corpus"
VECTORS = HERE.parent / "mcp-confluent/tests/fixtures/codec"

for path in VECTORS.glob("*.json"):
    for vector in json.loads(path.read_text()):
        name = f"{path.stem}-{vector['name']}"
        inputs = {
            (path.stem, name): bytes.fromhex(vector["bare"]),
            ("schema", name): vector["schema"].encode(),
            ("schema", f"{name}-source"): vector.get("source", "").encode(),
        }
        for (target, name), data in inputs.items():
            if data:
                folder = CORPUS / target
                folder.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(data)
