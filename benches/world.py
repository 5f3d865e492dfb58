"""A Twilio with TLS before it, for the benches that talk to one."""

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from measuring import FRONT, TWCRED, Contender, must

BUNDLES = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"]


@contextlib.contextmanager
def serving(command, **more):
    """A program that serves until its standard input ends or it is told to stop; gives the first line it wrote."""
    server = subprocess.Popen([str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **more)
    try:
        line = server.stdout.readline()
        if not line:
            sys.exit(f"benches/run: {command[0]} did not start")
        yield line, server
    finally:
        server.terminate()
        server.stdin.close()
        server.stdout.close()
        server.wait()


class World:
    """A sandbox with TLS before it."""

    def __init__(self, stack, scratch, keys=None, latency="0"):
        self.scratch = scratch
        bare = {"PATH": os.environ["PATH"], "HOME": str(scratch), "LANG": "C.UTF-8", "TWCRED_STATE_DIR": str(scratch / "state")}
        command = [TWCRED, "sandbox", "--json", "--latency", latency]
        if keys:
            command += ["--load", self.state(keys, bare)]
        # Its description is many lines; the last of them is a closing brace alone.
        line, server = stack.enter_context(serving(command, env=bare))
        text = line
        while not text.rstrip().endswith("}"):
            text += server.stdout.readline()
        self.login = json.loads(text)
        self.upstream = self.login["url"].split("://")[1].rstrip("/")
        self.ca, certificate, key = authority(scratch)
        port, _ = stack.enter_context(serving([FRONT, self.upstream, certificate, key]))
        self.proxy = f"http://127.0.0.1:{port.strip()}"
        self.account, token = self.login["account_sid"], self.login["auth_token"]
        self.credential = {"TWILIO_ACCOUNT_SID": self.account, "TWILIO_AUTH_TOKEN": token}
        self.bundle = scratch / "bundle.pem"
        system = next((Path(path) for path in BUNDLES if os.path.exists(path)), None)
        self.bundle.write_bytes((system.read_bytes() if system else b"") + self.ca.read_bytes())
        self.bare = bare | self.credential
        self.tls = self.bare | {"HTTPS_PROXY": self.proxy}

    def state(self, keys, env):
        """The sample account with so many keys in all, the newest first as they came."""
        path = self.scratch / f"state-{keys}.json"
        must([TWCRED, "sandbox", "--save", path, "--", "true"], env=env)
        state = json.loads(path.read_text())
        account = state["accounts"][min(state["accounts"], key=int)]
        model = next(key for key in account["keys"].values() if key["kind"] == "standard")
        for n in range(len(account["keys"]), keys):
            # As the names and dates of real keys do, these differ in length and value.
            day = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1_700_000_000 + n * 4321))
            made = {"sid": f"SK{n:032x}", "secret": f"{n:032x}", "name": f"service-{n % 97} deploy {n}", "created": day, "updated": day}
            account["keys"][str(state["next"])] = model | made
            state["next"] += 1
        path.write_text(json.dumps(state))
        path.chmod(0o600)
        return path

    def twcred(self, name, *arguments, env, plain=False):
        where = ["--api-url", self.login["url"]] if plain else []
        return Contender(name, [TWCRED, *arguments, "--no-input", *where], env)

    def urls(self, env):
        """The addresses that twcred asks for a list, from its own account of them."""
        base = [TWCRED, "keys", "list", "--no-input", "-v"]
        plain = [*base, "--api-url", self.login["url"]]
        told = {}
        for name, command, environment in (("tls", base, env), ("plain", plain, self.bare)):
            done = subprocess.run([str(p) for p in command], env=environment, text=True, capture_output=True)
            if done.returncode:
                sys.exit(f"benches/run: {done.stderr}")
            told[name] = [line.split()[1] for line in done.stderr.splitlines() if line.startswith("GET ")]
        return told

    def curl(self, name, urls, bundle=None):
        """curl for the same addresses over one connection. They and the login are in a file: argv is for all to see."""
        config = self.scratch / f"curl-{name.replace(' ', '-').replace(',', '')}"
        lines = ["silent", "show-error", "fail", f'user = "{self.account}:{self.login["auth_token"]}"']
        if bundle:
            lines += [f'proxy = "{self.proxy}"', f'cacert = "{bundle}"']
        config.write_text("\n".join(lines + [f'url = "{url}"' for url in urls]) + "\n")
        return Contender(name, ["curl", "-q", "-K", config], self.bare)


def authority(scratch):
    """A certificate authority for this run, and a certificate of Twilio's names."""
    ca, ca_key = scratch / "ca.pem", scratch / "ca.key"
    certificate, key, request, names = (scratch / name for name in ("tls.pem", "tls.key", "tls.csr", "tls.names"))
    make = ["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    must([*make, "-x509", "-days", "2", "-subj", "/CN=throw-away authority of a bench", "-keyout", ca_key, "-out", ca])
    must([*make, "-subj", "/CN=twilio.com", "-keyout", key, "-out", request])
    names.write_text("subjectAltName=DNS:twilio.com,DNS:*.twilio.com,DNS:localhost\nextendedKeyUsage=serverAuth\n")
    sign = ["openssl", "x509", "-req", "-days", "1", "-CA", ca, "-CAkey", ca_key, "-CAcreateserial"]
    must([*sign, "-in", request, "-extfile", names, "-out", certificate])
    return ca, certificate, key
