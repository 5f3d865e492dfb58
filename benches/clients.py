"""Start-up, lists and a whole rotation, beside curl and Twilio's own clients."""

import base64
import contextlib
import http.client
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measuring import ROOT, TWCRED, Contender, median, say, take_turns
from world import World


def start(options, report, scratch):
    report.head("Start-up: `--version`")
    env = {"PATH": os.environ["PATH"], "HOME": str(scratch)}
    contenders = [Contender("curl", ["curl", "--version"], env), Contender("twcred", [TWCRED, "--version"], env)]
    if options.node:
        contenders.append(Contender("official CLI", [options.node, options.cli, "--version"], with_bin(env, options)))
    # Short ones can be repeated more often, and must be: a millisecond is easily disturbed.
    take_turns(contenders[:2] * 8 + contenders[2:], options.runs, scratch)
    report.table(contenders, contenders[0])
    report.aim("start-up / curl's", median(contenders[1].wall) / median(contenders[0].wall), 0.25)


def with_bin(env, options):
    bins = Path(options.cli).parent.parent.parent / ".bin"
    return env | {"PATH": f"{Path(options.node).parent}:{bins}:{env['PATH']}"}


def lists(count, options, report, scratch):
    with contextlib.ExitStack() as stack:
        world = World(stack, scratch, keys=count)
        env = world.tls | {"SSL_CERT_FILE": str(world.bundle)}
        small = world.tls | {"SSL_CERT_FILE": str(world.ca)}
        urls = world.urls(env)
        same_bytes(world, urls, count, env, scratch)
        pages = f"{len(urls['tls'])} page{'s' if len(urls['tls']) > 1 else ''}"

        report.head(f"A list of {count:,} keys ({pages}) over TLS")
        curl = world.curl("curl", urls["tls"], world.bundle)
        ours = [world.twcred("twcred", "keys", "list", env=env), world.twcred("twcred --json", "keys", "list", "--json", env=env)]
        all_of_them = [curl, *ours]
        if options.python:
            size = str(min(count, 1000))
            python = Contender("twilio-python script", [options.python, ROOT / "benches" / "list.py", size], world.tls | {"REQUESTS_CA_BUNDLE": str(world.bundle)})
            arguments = ["api:iam:v1:keys:list", "--account-sid", world.account, "--page-size", size, "--no-limit"]
            cli = Contender("official CLI", [options.node, options.cli, *arguments], with_bin(world.tls, options) | {"NODE_EXTRA_CA_CERTS": str(world.ca)})
            for contender in (python, cli):
                listed = contender.run(scratch, False).read_text().count("SK")
                if listed < count:
                    sys.exit(f"benches/run: {contender.name} listed {listed} of {count} keys")
            all_of_them += [python, cli]
        take_turns(all_of_them, options.runs, scratch)
        report.table(all_of_them, curl)
        ratio = median(ours[0].wall) / median(curl.wall)
        if count == 50:
            report.aim("list of 50 / curl's time", ratio, 0.7)
            report.aim("peak memory for a list of 50", max(ours[0].peak + ours[1].peak), 12, " MiB")
        else:
            report.aim(f"list of {count:,} / curl's time for the same bytes", ratio, 1.2)
            report.aim("the same as JSON", median(ours[1].wall) / median(curl.wall), 1.2)

        report.head("The same with a trust store of one certificate")
        curl, ours = world.curl("curl", urls["tls"], world.ca), world.twcred("twcred", "keys", "list", env=small)
        take_turns([curl, ours], options.runs, scratch)
        report.table([curl, ours], curl)

        report.head("The same without TLS (`--api-url http://127.0.0.1`)")
        curl, ours = world.curl("curl", urls["plain"]), world.twcred("twcred", "keys", "list", env=world.bare, plain=True)
        take_turns([curl, ours], options.runs, scratch)
        report.table([curl, ours], curl)


def same_bytes(world, urls, count, env, scratch):
    """What is compared must be the same work: curl's pages hold the keys that twcred lists."""
    body = world.curl("check", urls["tls"], world.bundle).run(scratch, False).read_bytes()
    listed = json.loads(world.twcred("check", "keys", "list", "--json", env=env).run(scratch, False).read_text())
    if body.count(b'"sid"') != count or len(listed["keys"]) != count:
        sys.exit(f"benches/run: {body.count(b'sid')} keys by curl, {len(listed['keys'])} by twcred, not {count}")
    say(f"{count} keys are {len(body)} bytes")


class RoundTrip:
    """One exchange with the sandbox over a kept connection: what a round trip takes here, timers and all."""

    name = "round trip"

    def __init__(self, world):
        self.connection = http.client.HTTPConnection(world.upstream)
        login = f"{world.account}:{world.login['auth_token']}".encode()
        self.headers = {"Authorization": "Basic " + base64.b64encode(login).decode()}
        self.path = f"/2010-04-01/Accounts/{world.account}/IncomingPhoneNumbers.json?PageSize=1"
        self.wall = []

    def run(self, _scratch, keep):
        start = time.perf_counter()
        self.connection.request("GET", self.path, headers=self.headers)
        self.connection.getresponse().read()
        if keep:
            self.wall.append((time.perf_counter() - start) * 1e3)


def rotation(options, report, scratch):
    report.head("A whole rotation: `keys rotate --now`")
    print("| latency, ms | by | state on | exchanges | wall, ms | fastest | CPU, ms | round trips, ms | beyond, ms | beyond exchanges × latency, ms |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    aims = []
    for latency, tls in itertools.product((50, 0), (False, True)):
        with contextlib.ExitStack() as stack:
            folder = scratch / f"{latency}-{tls}"
            folder.mkdir()
            world = World(stack, folder, latency=f"{latency}ms" if latency else "0")
            places = {"disk": folder}
            if os.path.isdir("/dev/shm"):
                places["memory"] = Path(stack.enter_context(tempfile.TemporaryDirectory(dir="/dev/shm", prefix="twcred-bench-")))
            ours, exchanges = rotators(world, tls, places)
            trip = RoundTrip(world)
            take_turns([*ours, trip], options.runs, folder)
            for place, contender in zip(places, ours):
                wall, trips = median(contender.wall), exchanges * median(trip.wall)
                way = "TLS" if tls else "http"
                print(
                    f"| {latency} | {way} | {place} | {exchanges} | {wall:.1f} | {min(contender.wall):.1f} | {median(contender.cpu):.1f} | {trips:.1f} "
                    f"| {wall - trips:.1f} | {wall - exchanges * latency:.1f} |",
                    flush=True,
                )
                if place == "disk":
                    aims.append((f"a rotation's time beyond its round trips ({latency} ms, {way})", wall - trips))
    print()
    for what, beyond in aims:
        report.aim(what, beyond, 20, " ms")


def rotators(world, tls, places):
    """The same rotation with its file and state in each place, one key for each; and how many exchanges it is."""
    found, exchanges = [], 0
    for place, folder in places.items():
        base = (world.tls | {"SSL_CERT_FILE": str(world.bundle)}) if tls else world.bare
        env = base | {"TWCRED_STATE_DIR": str(folder / "state")}
        made = world.twcred("create", "keys", "create", f"bench {place}", "--reveal", "--json", env=world.bare, plain=True)
        made = subprocess.run(made.command, env=made.env, text=True, capture_output=True)
        key = json.loads(made.stdout)
        pair = {"TWILIO_API_KEY": key["sid"], "TWILIO_API_SECRET": key["secret"]}
        # The credential that authorises is beside the pair, so that the file is all there is to know.
        file = folder / "repos.env"
        file.write_text("".join(f"{name}={value}\n" for name, value in (world.credential | pair).items()))
        file.chmod(0o600)
        rotate = ["keys", "rotate", "--env-file", file, "--now"]
        shown = world.twcred("twcred", *rotate, "-v", env=env, plain=not tls)
        done = subprocess.run(shown.command, env=env, text=True, capture_output=True)
        exchanges = sum(line.startswith(("GET ", "POST ", "DELETE ")) for line in done.stderr.splitlines())
        if done.returncode or not exchanges:
            sys.exit(f"benches/run: the rotation ended with {done.returncode}\n{done.stdout}{done.stderr}")
        found.append(world.twcred(place, *rotate, env=env, plain=not tls))
    return found, exchanges
