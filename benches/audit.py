"""`twcred audit` of one file, beside dotenv-linter and beside a program that does nothing."""

import os
import subprocess
import tempfile
from pathlib import Path

import peers
from measuring import TWCRED, Contender, median, take_turns
from trees import Repos


def audit(options, report, scratch):
    """Of a file in no repository, and of one that a repository ignores, for then git is asked too."""
    # Not in `scratch`, which lies in the work tree of twcred itself.
    with tempfile.TemporaryDirectory(prefix="twcred-bench-") as outside:
        measure(options, report, Path(outside), scratch)


def measure(options, report, place, scratch):
    repos = Repos(40)
    home, work = place / "home", place / "work"
    home.mkdir(mode=0o700)
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8"}
    outside, _ = repos.write(place / "plain")
    inside, _ = repos.write(work)
    for command in (["init", "-q"], ["config", "core.excludesFile", "/dev/null"]):
        subprocess.run(["git", "-C", work, *command], env=env, check=True)
    (work / ".gitignore").write_text("repos.env\n")
    count = len(outside.read_text().splitlines())
    report.head(f"`audit` of one file: 40 projects, {count} lines, {outside.stat().st_size:,} bytes")
    ours = [
        Contender("twcred audit", [TWCRED, "audit", outside, "--exit-zero"], env),
        Contender("the same in a git work tree", [TWCRED, "audit", inside, "--exit-zero"], env),
    ]
    floor = Contender("true", ["/bin/true"], env)
    contenders = [floor, *ours]
    linter = None if options.no_peers else peers.crate("dotenv-linter")
    if linter:
        # 1 is for a file it finds fault with.
        contenders.append(Contender(f"dotenv-linter {peers.CRATES['dotenv-linter']}", [linter, "check", "--quiet", outside], env, good=(0, 1)))
    # Short ones can be repeated more often, and must be: a millisecond is easily disturbed.
    take_turns(contenders * 8, options.runs, scratch)
    report.table(contenders, floor)
    report.aim("`audit` of one file, the whole process", median(ours[0].wall), 10, " ms")
    report.aim("the same in a git work tree", median(ours[1].wall), 10, " ms")
