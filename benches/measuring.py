"""What the benches have in common: where things are, how a program is measured, how figures are shown."""

import os
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
TWCRED = TARGET / "release" / "twcred"
FRONT = TARGET / "release" / "examples" / "bench-front"
TOOLS = TARGET / "bench-tools"
TEST_TOOLS = TARGET / "test-tools"
# On a disk, and in no repository.
TREES = Path("/var/tmp")


def say(text):
    print(f"benches/run: {text}", file=sys.stderr, flush=True)


def must(command, **more):
    done = subprocess.run([str(part) for part in command], text=True, capture_output=True, **more)
    if done.returncode:
        sys.exit(f"benches/run: {' '.join(map(str, command))}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


# What `timeout` ends with when it had to kill.
KILLED = {124, 137}


class Contender:
    """A program with its arguments and its whole environment. A status that is not in `good` ends the benches."""

    def __init__(self, name, command, env, good=(0,), limit=None):
        killed = ["timeout", "-s", "KILL", str(limit)] if limit else []
        self.name, self.command, self.env = name, [*killed, *map(str, command)], env
        self.good, self.limit, self.late = set(good), limit, False
        self.wall, self.cpu, self.peak = [], [], []

    def run(self, scratch, keep):
        result, output = scratch / "result", scratch / "output"
        result.unlink(missing_ok=True)
        with open(scratch / "errors", "w+b") as errors:
            measure = [str(TOOLS / "measure"), str(result), str(output), *self.command]
            subprocess.run(measure, env=self.env, stdin=subprocess.DEVNULL, stderr=errors, cwd=scratch, check=True)
            wall, cpu, peak, status = map(int, result.read_text().split())
            self.late = self.limit is not None and status in KILLED
            if status not in self.good and not self.late:
                errors.seek(0)
                sys.exit(f"benches/run: {self.name} ended with {status}\n{errors.read().decode()[-2000:]}")
        if keep:
            self.wall.append(wall / 1e6)
            self.cpu.append(cpu / 1e3)
            self.peak.append(peak / 1024)
        return output


def median(values):
    return statistics.median(values)


def take_turns(contenders, runs, scratch, warm_up=2):
    for at in range(-warm_up, runs):
        shift = at % len(contenders)
        for contender in contenders[shift:] + contenders[:shift]:
            contender.run(scratch, at >= 0)


class Report:
    def __init__(self):
        self.missed = []

    def head(self, text):
        print(f"\n## {text}\n")

    def table(self, contenders, base, more=()):
        """`more` has further columns: a head, and what stands in it for a contender."""
        heads = ["program", "wall, ms", "fastest", "90 %", "CPU, ms", "peak, MiB", f"wall / {base.name}", f"CPU / {base.name}"]
        print("| " + " | ".join([*heads, *(head for head, _ in more)]) + " |")
        print("|---" * (len(heads) + len(more)) + "|")
        for c in contenders:
            late = " (killed)" if c.late else ""
            tenth = sorted(c.wall)[int(len(c.wall) * 0.9)]
            figures = [f"{median(c.wall):.1f}{late}", f"{min(c.wall):.1f}", f"{tenth:.1f}", f"{median(c.cpu):.1f}", f"{max(c.peak):.1f}"]
            figures += [f"{median(c.wall) / median(base.wall):.2f}", f"{median(c.cpu) / median(base.cpu):.2f}"]
            print("| " + " | ".join([c.name, *figures, *(str(of(c)) for _, of in more)]) + " |")
        print(flush=True)

    def aim(self, what, figure, limit, unit=""):
        met = figure <= limit
        print(f"- Aim: {what} at most {limit}{unit}. Measured {figure:.2f}{unit}: {'met' if met else '**missed**'}.", flush=True)
        if not met:
            self.missed.append(what)
