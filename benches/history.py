"""`twcred audit --copies --history` beside `git log -p | rg` and gitleaks."""

import shlex
import subprocess

import copies
import peers
import trees
from measuring import TWCRED, Contender, median, take_turns
from trees import Repos

COMMITS = 4000


def history(options, report, scratch):
    repos, root = Repos(40), scratch / "repository"
    planted = trees.history(root, repos, COMMITS)
    bench = copies.Bench(options, report, scratch, type("Root", (), {"root": root}), repos, "40")
    rg = copies.ripgreps(options)[-1]
    quoted = " ".join(map(shlex.quote, ["git", "-C", str(root), "log", "-p", "--all", "--no-color"]))
    pipe = f"{quoted} | {shlex.quote(rg[1])} -a -F -f {shlex.quote(str(bench.literals))} -c"
    ours = Contender("twcred", [*bench.twcred().command, "--history"], bench.env)
    piped = Contender(f"git log -p \\| {rg[0]}", ["sh", "-c", pipe], bench.env)
    contenders = [piped, ours]
    for packed in (True, False):
        if not packed:
            loosen(root, bench.env)
        how = "packed" if packed else "loose objects"
        report.head(f"`audit --copies --history`, {COMMITS:,} commits, {how}, {planted} objects with a secret")
        for contender in contenders:
            contender.wall, contender.cpu, contender.peak = [], [], []
        take_turns(contenders, min(options.runs, 7), scratch, warm_up=1)
        shown = list(contenders)
        if packed and not options.no_peers and (folder := peers.scanners()):
            command = [folder["gitleaks"], "git", root, "--no-banner", "--log-level", "fatal", "--exit-code", "0", "--redact", "-f", "json", "-r", "-"]
            shown.append(Contender("gitleaks", command, bench.env, limit=copies.LIMIT))
            take_turns(shown[2:], 1, scratch, warm_up=0)
        report.table(shown, piped)
        report.aim("time / that of `git log -p | rg`", median(ours.wall) / median(piped.wall), 1.0)


def loosen(root, env):
    """Every object in a file of its own, as git leaves them before it packs."""
    packs = list((root / ".git/objects/pack").glob("*.pack"))
    aside = [pack.rename(root.parent / pack.name) for pack in packs]
    for index in (root / ".git/objects/pack").iterdir():
        index.unlink()
    for pack in aside:
        with open(pack, "rb") as stream:
            subprocess.run(["git", "-C", root, "unpack-objects", "-q"], stdin=stream, check=True, env=env)
        pack.unlink()
