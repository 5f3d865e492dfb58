"""What python-dotenv makes of files: a FOLDER on the command line, with 0.env, 1.env and so on.

Prints one JSON object a reader and line: {"reader": ..., "files": [{name: value} or null, ...]}; null where it gave up.
"""

import io
import json
import logging
import os
import sys

import dotenv

logging.disable(logging.CRITICAL)


def read(path, interpolate):
    try:
        with open(path, "rb") as file:
            text = file.read().decode("utf-8")
    except UnicodeDecodeError:
        return None
    # As dotenv opens a file: in text mode, which makes \n of \r\n.
    stream = io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8")
    found = dotenv.dotenv_values(stream=stream, interpolate=interpolate)
    return {name: value for name, value in found.items() if value is not None}


folder = sys.argv[1]
paths = [os.path.join(folder, f"{n}.env") for n in range(len(os.listdir(folder)))]
for reader, interpolate in (("python-dotenv", True), ("python-dotenv-raw", False)):
    print(json.dumps({"reader": reader, "files": [read(path, interpolate) for path in paths]}))
