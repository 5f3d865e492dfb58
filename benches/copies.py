"""`twcred audit --copies` beside ripgrep, which is given the same values, and beside programs that guess what a secret is."""

import json
import os
import shutil

import peers
import trees
from measuring import TREES, TWCRED, Contender, median, must, say, take_turns
from trees import MIB, Repos

# A program that takes longer than this for one tree, in seconds, is killed, and the table says so.
LIMIT = 180
NEEDED = 4 << 30


class Bench:
    """One secrets file and one tree, and how each program is told to search it."""

    def __init__(self, options, report, scratch, tree, repos, seed):
        self.options, self.report, self.scratch, self.tree = options, report, scratch, tree
        self.file, self.literals = repos.write(scratch / f"secrets-{seed}")
        home = scratch / "home"
        home.mkdir(exist_ok=True, mode=0o700)
        self.env = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8"}

    def twcred(self, everything=True, name="twcred"):
        command = [TWCRED, "audit", self.file, "--copies", self.tree.root, "--select", "TW504", "--json", "--exit-zero", "-q"]
        return Contender(name, command + ["--include-ignored"] * everything, self.env)

    def ripgrep(self, program, name, everything=True):
        command = [program, "-a", "--hidden", "--count-matches", "-F", "-f", self.literals, self.tree.root]
        return Contender(name, command + ["--no-ignore"] * everything, self.env)

    def gitleaks(self, program):
        command = [program, "dir", self.tree.root, "--no-banner", "--log-level", "fatal", "--exit-code", "0", "--redact"]
        return Contender("gitleaks", [*command, "-f", "json", "-r", "-"], self.env, limit=LIMIT)

    def detect_secrets(self, program):
        return Contender("detect-secrets", [program, "scan", "--all-files", self.tree.root], self.env, limit=LIMIT)

    def named(self, contender, expected):
        """The files that a program names, as a column: how many of those with a copy, and how many others."""
        text = contender.run(self.scratch, False).read_text(errors="replace")
        if contender.late:
            return "killed", "killed", "killed"
        root = str(self.tree.root)
        if contender.name.startswith("twcred"):
            paths = {place["path"] for file in json.loads(text)["files"] for found in file["findings"] for place in found["locations"]}
        elif contender.name.startswith("ripgrep"):
            paths = {line.rsplit(":", 1)[0] if ":" in line else str(next(iter(self.tree.plain))) for line in text.splitlines()}
        elif contender.name == "gitleaks":
            paths = {found["File"] for found in json.loads(text or "[]")}
        else:
            paths = set(json.loads(text)["results"])
        paths = {path if path.startswith("/") else f"{root}/{path}" for path in paths}
        plain, encoded = self.tree.plain & expected, self.tree.encoded & expected
        return f"{len(paths & plain)} of {len(plain)}", f"{len(paths & encoded)} of {len(encoded)}", len(paths - plain - encoded)


def copies(options, report, scratch):
    if shutil.disk_usage(TREES).free < NEEDED:
        say(f"less than {NEEDED >> 30} GiB free: the trees of `copies` were not made")
        print("\n`copies` was **not measured**: too little room on the disk.\n", flush=True)
        return
    rgs = ripgreps(options)
    repos, pair = Repos(40), Repos(1)
    normal = lambda rng: min(int(rng.lognormvariate(8.3, 1.2)) + 20, MIB)
    wide = lambda rng: min(int(rng.lognormvariate(11.2, 1.1)) + 20, 6 * MIB)
    kinds = [
        ("10,000 files", lambda root: trees.Tree(root, repos, 10_000, normal, 100), options.runs),
        ("2 GiB in many files", lambda root: trees.Tree(root, repos, 16_500, wide, 100), min(options.runs, 7)),
        ("one file of 2 GiB", lambda root: trees.Giant(root, repos, 2 << 30), min(options.runs, 7)),
    ]
    for name, make, runs in kinds:
        root = scratch / "tree"
        say(f"making the tree: {name}")
        tree = make(root)
        many = Bench(options, report, scratch, tree, repos, "40")
        report.head(f"`audit --copies`, {name}: {tree.files:,} files, {tree.bytes / MIB:,.0f} MiB, {len(repos.literals)} values")
        compare(many, runs, rgs, tree.plain | tree.encoded, everything=True, guessers=True)
        if tree.ignored:
            report.head("The same without the folders that git ignores")
            compare(many, runs, rgs, (tree.plain | tree.encoded) - tree.ignored, everything=False)
        report.head(f"The same with the values of one project ({len(pair.literals)})")
        few = Bench(options, report, scratch, tree, pair, "1")
        compare(few, runs, rgs, tree.plain | tree.encoded, everything=True, recall=False)
        shutil.rmtree(root)


def compare(bench, runs, rgs, expected, everything, guessers=False, recall=True):
    ours = bench.twcred(everything)
    contenders = [*(bench.ripgrep(program, name, everything) for name, program in rgs), ours]
    take_turns(contenders, runs, bench.scratch, warm_up=1)
    shown = list(contenders)
    if guessers and not bench.options.no_peers and (folder := peers.scanners()):
        shown += [bench.gitleaks(folder["gitleaks"]), bench.detect_secrets(folder["detect-secrets"])]
        # They take seconds to minutes: once each.
        take_turns(shown[len(contenders) :], 1, bench.scratch, warm_up=0)
    more = ()
    if recall:
        named = {contender.name: bench.named(contender, expected) for contender in shown}
        heads = ["copies found", "encoded copies found", "files named without a copy"]
        more = [(head, lambda c, at=at: named[c.name][at]) for at, head in enumerate(heads)]
        found, encoded, wrong = named[ours.name]
        whole = all(part.split(" of ")[0] == part.split(" of ")[1] for part in (found, encoded)) and wrong == 0
        print(f"- twcred found {found} copies, {encoded} encoded ones, and named {wrong} files without one: {'as it must' if whole else '**not as it must**'}.\n")
        if not whole:
            bench.report.missed.append("every copy and nothing else")
    bench.report.table(shown, contenders[0], more)
    best = min(contenders[:-1], key=lambda one: median(one.wall))
    bench.report.aim(f"time / that of the faster {best.name}", median(ours.wall) / median(best.wall), 1.0)
    bench.report.aim("peak memory", max(ours.peak), 16, " MiB")


def ripgreps(options):
    """The one that is installed, and the newest."""
    found = []
    for program in (shutil.which("rg"), None if options.no_peers else peers.crate("ripgrep", "rg")):
        if program:
            version = must([program, "--version"]).split()[1]
            found.append((f"ripgrep {version}", str(program)))
    return found
