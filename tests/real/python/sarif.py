"""Validates a SARIF file: sarif.py SCHEMA FILE."""

import json
import re
import sys

import jsonschema


def readable(node):
    """Leaves out patterns that are no regular expressions to Python; the one of `language` is none."""
    if isinstance(node, dict):
        try:
            re.compile(node["pattern"]) if isinstance(node.get("pattern"), str) else None
        except re.error:
            del node["pattern"]
        for value in node.values():
            readable(value)
    elif isinstance(node, list):
        for value in node:
            readable(value)


with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
with open(sys.argv[2], encoding="utf-8") as file:
    document = json.load(file)
readable(schema)
errors = list(jsonschema.validators.validator_for(schema)(schema).iter_errors(document))
for error in errors:
    print(list(error.path), error.message)
sys.exit(1 if errors else 0)
