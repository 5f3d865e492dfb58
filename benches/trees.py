"""Trees with copies of secrets in them, the same ones in every run; and the secrets, which look like Twilio's.

Nothing of this is kept: the trees lie in target/ while a bench runs, and no value of them is in the source.
"""

import base64
import random
import string
import subprocess

ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"
MIB = 1 << 20


def some(rng, of, length):
    return "".join(rng.choices(of, k=length))


class Repos:
    """A secrets file of so many projects. Three accounts, a token each; a key pair for each project."""

    def __init__(self, projects, seed=1):
        rng = random.Random(seed)
        accounts = [("AC" + some(rng, HEX, 32), some(rng, HEX, 32)) for _ in range(3)]
        lines, self.secrets, self.identifiers = ["# Credentials of all projects. Do not copy.", ""], [], []
        for at in range(projects):
            account, token = accounts[at % 3]
            sid, secret = "SK" + some(rng, HEX, 32), some(rng, ALNUM, 32)
            name = "".join(rng.choices(string.ascii_uppercase, k=rng.randint(4, 9))) + str(at)
            lines += [f"# {name.lower()}, team {at % 7}", f"{name}_TWILIO_ACCOUNT_SID={account}"]
            lines += [f"{name}_TWILIO_API_KEY={sid}", f"{name}_TWILIO_API_SECRET={secret}"]
            lines += [f"{name}_TWILIO_AUTH_TOKEN={token}"] if at % 5 == 0 else []
            lines += [f"{name}_TWILIO_PHONE_NUMBER=+1555{rng.randint(1000000, 9999999)}", f"{name}_LOG_LEVEL=info", ""]
            self.secrets += [secret, *([token] if at % 5 == 0 else [])]
            self.identifiers += [account, sid]
        self.secrets = list(dict.fromkeys(self.secrets))
        self.identifiers = list(dict.fromkeys(self.identifiers))
        self.text = "\n".join(lines)

    @property
    def literals(self):
        return self.secrets + self.identifiers

    def write(self, folder):
        """The file, and its values one a line for programs that take a list."""
        folder.mkdir(exist_ok=True)
        file, literals = folder / "repos.env", folder / "literals"
        for path, text in ((file, self.text), (literals, "\n".join(self.literals) + "\n")):
            path.touch(0o600)
            path.write_text(text)
        return file, literals


class Noise:
    """Text such as stands in repositories: code, prose, locks with hashes, identifiers, a little of other secrets."""

    def __init__(self, rng, size):
        words = [some(rng, string.ascii_lowercase, rng.randint(2, 10)) for _ in range(3000)]
        lines, length = [], 0
        while length < size:
            kind = rng.random()
            if kind < 0.03:
                line = f'checksum = "{some(rng, HEX, 64)}"'
            elif kind < 0.06:
                line = f'    "integrity": "sha512-{base64.b64encode(rng.randbytes(64)).decode()}",'
            elif kind < 0.08:
                line = f"id: {some(rng, HEX, 8)}-{some(rng, HEX, 4)}-{some(rng, HEX, 4)}-{some(rng, HEX, 12)}"
            else:
                line = "    " * rng.randint(0, 3) + " ".join(rng.choices(words, k=rng.randint(1, 14)))
            lines.append(line)
            length += len(line) + 1
        self.bytes, self.rng = "\n".join(lines).encode(), rng

    def cut(self, length):
        start = self.rng.randrange(len(self.bytes) - length)
        return self.bytes[start : start + length]


# How a name ends, and how a copy looks in such a file.
PLACES = [
    (".env", lambda s: f"TWILIO_API_SECRET={s}\n".encode()),
    (".py", lambda s: f'client = Client("{s}")\n'.encode()),
    (".yml", lambda s: f"      secret: {s}\n".encode()),
    (".json", lambda s: f'  "token": "{s}",\n'.encode()),
    (".ipynb", lambda s: f'    "client = Client(\\"{s}\\")\\n",\n'.encode()),
    (".env.bak", lambda s: f"export T='{s}'\n".encode()),
    ("_history", lambda s: f"curl -u key:{s} https://example.com\n".encode()),
    (".bin", lambda s: b"\0\1\2" + s.encode() + b"\0\0"),
]
ENCODED = [
    (".k8s.yaml", lambda s: b"  secret: " + base64.b64encode(s.encode()) + b"\n"),
    (".http", lambda s: b"Authorization: Basic " + base64.b64encode(b"key:" + s.encode()) + b"\n"),
    (".reg", lambda s: f'"Token"="{s}"\r\n'.encode("utf-16-le")),
]


class Tree:
    """Files under a folder; in one of every so many stands a copy, in some of those encoded."""

    def __init__(self, root, repos, files, sizes, every, seed=2):
        rng = random.Random(seed)
        noise = Noise(rng, 8 * MIB)
        self.root, self.files, self.bytes = root, 0, 0
        self.plain, self.encoded, self.ignored = set(), set(), set()
        for at in range(files):
            where = f"p{at % 41}/src/m{at % 13}"
            aside = at % 6 == 5
            if aside:
                where = f"p{at % 41}/node_modules/m{at % 13}"
            content, ending = noise.cut(sizes(rng)), rng.choice([".py", ".js", ".md", ".txt", ".json", ".lock"])
            copy = None
            if at % every == every // 2:
                encoded = (at // every) % 8 == 7
                ending, looks = rng.choice(ENCODED if encoded else PLACES)
                copy = self.encoded if encoded else self.plain
                middle = len(content) // 2
                content = content[:middle] + b"\n" + looks(repos.secrets[at % len(repos.secrets)]) + content[middle:]
            path = root / where / f"f{at}{ending}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            self.files, self.bytes = self.files + 1, self.bytes + len(content)
            if copy is not None:
                copy.add(str(path))
                if aside:
                    self.ignored.add(str(path))
        (root / ".gitignore").write_text("node_modules/\n")
        subprocess.run(["git", "init", "-q", str(root)], check=True, env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(root)})


class Giant:
    """One file of so many bytes, with a copy at the start, the middle and the end."""

    def __init__(self, root, repos, size, seed=3):
        noise = Noise(random.Random(seed), 8 * MIB)
        root.mkdir(parents=True)
        path = root / "service.log"
        copy = [f"\nsecret={secret}\n".encode() for secret in (repos.secrets * 3)[:3]]
        with open(path, "wb") as file:
            file.write(copy[0])
            halfway = False
            while file.tell() < size - 4 * MIB:
                file.write(noise.cut(4 * MIB))
                if not halfway and file.tell() > size // 2:
                    halfway = True
                    file.write(copy[1])
            file.write(noise.cut(size - file.tell() - len(copy[2])) + copy[2])
        self.root, self.files, self.bytes = root, 1, size
        self.plain, self.encoded, self.ignored = {str(path)}, set(), set()


def history(root, repos, commits, seed=4):
    """A repository whose last commit holds no secret and whose earlier ones do; gives the number of those blobs."""
    rng = random.Random(seed)
    noise = Noise(rng, 4 * MIB)
    planted, stream = 0, []
    for at in range(commits):
        content = noise.cut(rng.randint(500, 20_000))
        if at % 100 == 50:
            planted += 1
            content += PLACES[0][1](repos.secrets[at % len(repos.secrets)])
        message, file = f"change {at}".encode(), f"src/m{at % 60}.py"
        stream.append(b"commit refs/heads/main\ncommitter a <a@example.com> %d +0000\ndata %d\n%s\n" % (1_600_000_000 + at, len(message), message))
        stream.append(b"M 100644 inline %s\ndata %d\n%s\n" % (file.encode(), len(content), content))
    clean = b"\n".join(b"D src/m%d.py" % at for at in range(60))
    stream.append(b"commit refs/heads/main\ncommitter a <a@example.com> 1700000000 +0000\ndata 5\nclean\n%s\n" % clean)
    env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(root.parent)}
    subprocess.run(["git", "init", "-q", "-b", "main", str(root)], check=True, env=env)
    subprocess.run(["git", "-C", str(root), "fast-import", "--quiet"], input=b"".join(stream), check=True, env=env)
    subprocess.run(["git", "-C", str(root), "gc", "-q"], check=True, env=env)
    return planted
