"""Runs a validator on one webhook: the arguments are its file, the URL and the signature, the input is the body.

The tokens are put into the environment once the validator is loaded: it has to look at them at every request.
"""

import importlib.util
import os
import sys

file, url, signature = sys.argv[1:]
spec = importlib.util.spec_from_file_location("validator", file)
validator = importlib.util.module_from_spec(spec)
spec.loader.exec_module(validator)

for name in [name for name in os.environ if name.startswith("NOW_")]:
    os.environ[name.removeprefix("NOW_")] = os.environ[name]
accepted = validator.is_from_twilio(url, sys.stdin.buffer.read(), signature or None)
print({True: "accepted", False: "refused"}[accepted])
