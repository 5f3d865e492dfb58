"""The keys of a thousand subaccounts, against the time that nobody can do it in: calls × latency / concurrency.

The sandbox takes so many requests at once and answers 429 to every one beyond. twcred is told none of its limits. curl
is: it fetches the same addresses, all known beforehand, with as many transfers at once as are taken, and so shows what
the sandbox and the machine let anybody reach.
"""

import contextlib
import json
import os
import subprocess
import sys

from measuring import TWCRED, Contender, median, take_turns
from world import serving

LATENCY = 0.1
LIMITS = [5, 20, 50]
# More than any of the limits: how many are taken is for twcred to find out.
WIDTH = 100


def fleet(options, report, scratch):
    runs = min(options.runs, 5)
    report.head(f"The keys of 1,000 subaccounts at {LATENCY * 1000:.0f} ms a request, {runs} runs of each")
    print("| taken at once | calls | refused with 429 | ideal, s | twcred, s | fastest | ideal / twcred | curl, s | ideal / curl | CPU, ms | peak, MiB |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    ratios = []
    for limit in LIMITS:
        with Sandbox(scratch, 1000, limit) as sandbox:
            calls, refused, urls = sandbox.traffic()
            ours = sandbox.twcred("--json")
            curl = sandbox.curl(urls, limit)
            take_turns([ours, curl], runs, scratch, warm_up=0)
        ideal = calls * LATENCY / limit
        wall, theirs = median(ours.wall) / 1000, median(curl.wall) / 1000
        ratios.append((limit, wall / ideal))
        print(
            f"| {limit} | {calls} | {refused} | {ideal:.2f} | {wall:.2f} | {min(ours.wall) / 1000:.2f} | {ideal / wall:.0%} "
            f"| {theirs:.2f} | {ideal / theirs:.0%} | {median(ours.cpu):.0f} | {max(ours.peak):.1f} |",
            flush=True,
        )
    print()
    for limit, ratio in ratios:
        report.aim(f"the time for 1,000 subaccounts / ideal, {limit} taken at once,", ratio, 1.11)
    widths(report, scratch)
    memory(report, scratch)


def widths(report, scratch):
    report.head("The same where as many are taken as are asked, by --concurrency")
    print("| --concurrency | ideal, s | twcred, s | ideal / twcred | CPU, ms | peak, MiB |")
    print("|---|---|---|---|---|---|")
    with Sandbox(scratch, 1000, 10_000) as sandbox:
        calls, _, _ = sandbox.traffic()
        for width in (10, 20, 50, 100):
            ours = sandbox.twcred("--json", width=width)
            take_turns([ours], 2, scratch, warm_up=0)
            ideal, wall = calls * LATENCY / width, median(ours.wall) / 1000
            print(f"| {width} | {ideal:.2f} | {wall:.2f} | {ideal / wall:.0%} | {median(ours.cpu):.0f} | {max(ours.peak):.1f} |", flush=True)


def memory(report, scratch):
    report.head("Peak memory, 20 taken at once")
    print("| subaccounts | JSON, MiB | table, MiB | bytes of JSON |")
    print("|---|---|---|---|")
    peaks = {}
    for count in (100, 1000):
        with Sandbox(scratch, count, 20, latency="5ms") as sandbox:
            forms = [sandbox.twcred("--json"), sandbox.twcred()]
            size = forms[0].run(scratch, False).stat().st_size
            take_turns(forms, 3, scratch, warm_up=0)
        peaks[count] = [max(form.peak) for form in forms]
        print(f"| {count} | {peaks[count][0]:.1f} | {peaks[count][1]:.1f} | {size:,} |", flush=True)
    print()
    for at, form in enumerate(("JSON", "a table")):
        report.aim(f"peak memory of 1,000 subaccounts beyond that of 100, as {form},", peaks[1000][at] - peaks[100][at], 1, " MiB")


class Sandbox:
    """A Twilio of many subaccounts that takes so many requests at once."""

    def __init__(self, scratch, subaccounts, limit, latency=f"{LATENCY * 1000:.0f}ms"):
        self.scratch = scratch
        self.bare = {"PATH": os.environ["PATH"], "HOME": str(scratch), "LANG": "C.UTF-8", "TWCRED_STATE_DIR": str(scratch / "state")}
        self.command = [TWCRED, "sandbox", "--json", "--subaccounts", subaccounts, "--limit", limit, "--latency", latency]

    def __enter__(self):
        self.stack = contextlib.ExitStack()
        line, server = self.stack.enter_context(serving(self.command, env=self.bare))
        # Its description is many lines; the last of them is a closing brace alone.
        text = line
        while not text.rstrip().endswith("}"):
            text += server.stdout.readline()
        self.login = json.loads(text)
        self.env = self.bare | {
            "TWCRED_API_URL": self.login["url"],
            "TWILIO_ACCOUNT_SID": self.login["account_sid"],
            "TWILIO_AUTH_TOKEN": self.login["auth_token"],
        }
        return self

    def __exit__(self, *error):
        return self.stack.__exit__(*error)

    def arguments(self, width=WIDTH):
        return [TWCRED, "keys", "list", "--all-accounts", "--no-input", "--concurrency", width]

    def twcred(self, *more, width=WIDTH):
        return Contender("twcred", [*self.arguments(width), *more], self.env)

    def traffic(self):
        """How many calls one list takes, how many were refused beside them, and their addresses, from twcred's own account."""
        command = [str(part) for part in [*self.arguments(), "--json", "-v"]]
        done = subprocess.run(command, env=self.env, text=True, capture_output=True)
        if done.returncode or not json.loads(done.stdout)["complete"]:
            sys.exit(f"benches/run: {done.stderr[-2000:]}")
        lines = [line.split() for line in done.stderr.splitlines() if line.startswith("GET ")]
        urls = [url for _, url, status, *_ in lines if status == "200"]
        return len(urls), len(lines) - len(urls), urls

    def curl(self, urls, limit):
        """The login is in a file: argv is for all to see."""
        config = self.scratch / f"curl-fleet-{limit}"
        lines = ["silent", "show-error", "fail", "parallel", f"parallel-max = {limit}", "parallel-immediate"]
        lines.append(f'user = "{self.login["account_sid"]}:{self.login["auth_token"]}"')
        config.write_text("\n".join(lines + [f'url = "{url}"' for url in urls]) + "\n")
        return Contender("curl", ["curl", "-q", "-K", config], self.bare)
