"""Holds configurations against the schema: config_schema.py SCHEMA FILE..., each line of output `FILE ok` or `FILE bad`."""

import json
import sys
import tomllib

import jsonschema

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
for path in sys.argv[2:]:
    with open(path, "rb") as file:
        document = tomllib.load(file)
    errors = [f"{list(error.path)} {error.message}" for error in validator.iter_errors(document)]
    print(path.rsplit("/", 1)[1], "bad: " + "; ".join(errors) if errors else "ok")
