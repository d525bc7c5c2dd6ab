"""Records what a version of proxyenv leaves in a home: ``PYTHONPATH=tests python -m support.record PYTHON``.

*PYTHON* is an interpreter that has that version. Needs Linux and ``strace``. The recordings are committed,
and ``tests/contract/test_takeover.py`` holds every later version to them.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import stat
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from support.certificates import make_ca
from support.recorded import CA, PLACE, RECEIPTS, RECORDINGS, _packed, make_home
from support.tree import snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from support.tree import Node

API: Final = "http://prefect.corp.test:4200/api"
PROXY: Final = "http://proxy.corp.test:3128"
USUAL: Final = ("--proxy", PROXY, "--ca", CA, "--api-url", API)
OTHER: Final = ("--proxy", "http://other.corp.test:8080", "--profile", "other")
RC: Final[Mapping[str, str | bytes]] = {
    ".bashrc": b"# caf\xe9 in latin-1\nalias x=y",
    ".profile": "export A=1\r\nexport B=2\r\n",
    ".bash_login": "# read by a login bash\n",
    ".zshenv": "",
    ".kshrc": "set -o vi\n",
    ".cshrc": "set prompt = 'a b '",
    ".config/elvish/rc.elv": "use str\n",
    ".config/powershell/profile.ps1": "\ufeff$a = 1\r\n",
    ".xonshrc": "$A = 1\n",
}
TOOLS: Final[Mapping[str, str | bytes]] = {
    ".wgetrc": "# mine\r\nca-certificate = /old.pem\r\nquiet=off",
    ".gradle/gradle.properties": b"# caf\xe9\nsystemProp.http.proxyHost : old.corp.test\n",
    ".condarc": (
        "# mine\nchannels:\n  - defaults\nproxy_servers:\n  'http://x.test': y\n  http: http://old:1 # why\n"
    ),
    ".docker/config.json": '{\n\t"proxies": {"default": {"ftpProxy": "x"}},\n\t"credsStore": "pass"\n}',
    ".config/gcloud/active_config": "default",
    ".config/gcloud/configurations/config_default": (
        "[core]\nproject = p\n\n[proxy]\naddress=old\n[x]\na = 1\n"
    ),
    ".config/Code/User/settings.json": (
        '// mine\n{\n  /* a */ "a": [1, 2,],\n  "http.proxy": "x", // old\n}\n'
    ),
    ".m2/settings.xml": (
        "<?xml version='1.0'?>\r\n<settings>\r\n <proxies>\r\n  <!-- none -->\r\n </proxies>\r\n</settings>"
    ),
    ".mavenrc": "MAVEN_OPTS=-Xmx1g",
    ".npmrc": "cafile = /gone.pem\n//registry.corp.test/:_authToken=secret\n",
    ".yarnrc": '# yarn lockfile v1\ncafile "/gone.pem"\n',
    ".yarnrc.yml": 'httpsCaFilePath: "/gone.pem"\nnpmScopes:\n  corp:\n    npmAlwaysAuth: true\n',
}
PROFILES: Final = """\
# mine
active = "work"

[profiles.work]   # with a comment
PREFECT_API_URL = "https://api.example/api"
unknown = {a = 1}

[profiles.proxyenv]
PREFECT_API_URL = 'http://old.example/api' # once
PREFECT_LOGGING_LEVEL = "DEBUG\""""
VENV: Final[Mapping[str, str | bytes]] = {
    "venv/pyvenv.cfg": "home = /usr/bin\n",
    "venv/bin/python": "",
    "venv/lib/python3.11/site-packages/truststore/__init__.py": "",
}
SHELLS: Final = (
    *("bash", "elvish", "fish", "ksh", "mksh", "nushell"),
    *("powershell", "sh", "tcsh", "xonsh", "yash", "zsh"),
)
NAMES: Final = ("conda", "docker", "gcloud", "gradle", "maven", "npm", "vscode", "wget", "yarn")
OWNED: Final = ("env.fish", "env.csh", "env.ps1", "env.bat", "env.nu", "env.xsh", "env.elv", "env.list")
ROOTS: Final = ("ca-bundle.pem", "corporate-ca.pem", "ca-bundle.p12")

LOGGED: Final = """\
import hashlib, json, os, sys
real = hashlib.sha256
def logged(data=b"", **options):
    if 0 < len(data) < 300:
        with open(os.environ["PROXYENV_VALUES"], "ab") as log:
            log.write(bytes(data).hex().encode() + b"\\n")
    return real(data, **options)
hashlib.sha256 = logged
from proxyenv.__main__ import main
sys.exit(main())
"""
"""Runs proxyenv, and keeps every short text that it takes the SHA-256 of: the values in the receipt."""


def configured(*names: str) -> tuple[str, ...]:
    return tuple(word for name in names for word in ("--configure", name))


@dataclass(frozen=True)
class Case:
    """What there is at first, what is run, and what is written afterwards by somebody else."""

    files: Mapping[str, str | bytes]
    runs: tuple[tuple[str, ...], ...]
    killed: bool = False
    links: Mapping[str, str] = field(default_factory=dict)
    appended: Mapping[str, str] = field(default_factory=dict)
    replaced: Mapping[str, tuple[str, str]] = field(default_factory=dict)


CASES: Final[Mapping[str, Case]] = {
    "every-shell": Case(
        {**RC, "dotfiles/yash": "a=b"},
        ((*USUAL, *(word for shell in SHELLS for word in ("--shell", shell))),),
        links={".yash_profile": "dotfiles/yash"},
    ),
    "every-tool": Case(TOOLS, ((*USUAL, "--no-rc", *configured(*NAMES)),)),
    "profiles": Case({".prefect/profiles.toml": PROFILES}, ((*USUAL, "--no-rc"),)),
    "nothing-before": Case(
        {}, ((*USUAL, "--shell", "fish", *configured("conda", "docker", "gradle", "maven", "wget")),)
    ),
    "password": Case(
        {".gradle/gradle.properties": "a=b\n"},
        (
            (
                *("--proxy", "http://user:hunter2@proxy.corp.test:3128", "--ca", CA, "--no-rc"),
                *configured("conda", "gradle", "maven"),
            ),
        ),
    ),
    "another-proxy": Case(
        {**TOOLS, ".bashrc": RC[".bashrc"], ".prefect/profiles.toml": PROFILES},
        (
            (*USUAL, *configured(*NAMES)),
            (*OTHER, *configured("npm", "wget", "gcloud")),
        ),
    ),
    "edited": Case(
        {**TOOLS, ".bashrc": RC[".bashrc"], ".prefect/profiles.toml": PROFILES},
        ((*USUAL, *configured(*NAMES)),),
        appended={
            ".bashrc": "alias later=z\n",
            ".wgetrc": "tries = 3\n",
            ".npmrc": "fund=false\n",
            ".condarc": "offline: false\n",
            ".yarnrc.yml": "enableTelemetry: false\n",
            ".gradle/gradle.properties": "later=1\n",
            ".config/gcloud/configurations/config_default": "[later]\nb = 2\n",
            ".prefect/profiles.toml": "\n[profiles.later]\nX = '1'\n",
        },
        replaced={
            ".docker/config.json": ('"credsStore"', '"auths": {}, "credsStore"'),
            ".config/Code/User/settings.json": ('"a": [1, 2,]', '"a": [3]'),
            ".m2/settings.xml": ("<!-- none -->", "<!-- some -->"),
        },
    ),
    "prefix": Case({".bashrc": RC[".bashrc"]}, (("--prefix", "opt/proxyenv", *USUAL),)),
    "truststore": Case(VENV, ((*USUAL, "--no-rc", "--trust", "truststore", "--venv", "venv"),)),
    "plugin": Case(
        {".prefect/profiles.toml": PROFILES}, ((*USUAL, "--no-rc", "--activate", "plugin"),)
    ),
    "plugin-and-shell": Case(
        {**RC, ".prefect/profiles.toml": PROFILES}, ((*USUAL, "--activate", "both"),)
    ),
    "killed": Case(
        {".bashrc": RC[".bashrc"], ".prefect/profiles.toml": PROFILES, ".npmrc": TOOLS[".npmrc"]},
        ((*USUAL, *configured("npm")),),
        killed=True,
    ),
    "killed-again": Case(
        {".bashrc": RC[".bashrc"], ".prefect/profiles.toml": PROFILES, ".npmrc": TOOLS[".npmrc"]},
        (
            (*USUAL, *configured("npm", "wget")),
            (*OTHER, *configured("npm", "docker")),
        ),
        killed=True,
    ),
}  # fmt: skip


class Recorder:
    """Drives one version in one home."""

    def __init__(self, python: str, case: Case, home: Path) -> None:
        self.python, self.case, self.home = python, case, home
        self.log = home.parent / "values"
        self.log.touch()

    def prepare(self) -> None:
        shutil.rmtree(self.home)
        self.home.mkdir(0o755)
        for name, content in self.case.files.items():
            path = self.home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
            path.chmod(0o600 if "docker" in name or "gradle" in name or "prefect" in name else 0o640)
        for name, target in self.case.links.items():
            (self.home / name).symlink_to(target)
        (self.home / CA).write_bytes(make_ca("Corp").pem)

    def run(self, *arguments: str, moment: int = 0) -> int:
        strace = ("strace", "-f", "-qq", "-o", "/dev/null", "-e",
                  f"inject=rename,renameat,renameat2:signal=KILL:when={moment}")  # fmt: skip
        prefix = ("--prefix", "opt/proxyenv") if "--prefix" in self.case.runs[0] else ()
        more = () if "--prefix" in arguments else prefix
        done = subprocess.run(
            [*(strace if moment else ()), self.python, "-c", LOGGED, *arguments, *more],
            cwd=self.home,
            env={
                "PATH": "/usr/bin:/bin", "HOME": str(self.home), "SHELL": "/bin/bash", "LANG": "C.UTF-8",
                "PROXYENV_VALUES": str(self.log), "PYTHONDONTWRITEBYTECODE": "1",
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
        if done.returncode and not moment:
            sys.exit(f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.returncode

    def setup(self, *arguments: str, moment: int = 0) -> int:
        return self.run("setup", *arguments, "--yes", "--no-check", moment=moment)

    def install(self) -> None:
        """Run all that the case says; what is killed, is killed half way."""
        *first, last = self.case.runs
        moment = self._half_way() if self.case.killed else 0
        self.prepare()
        for run in first:
            self.setup(*run)
        self.setup(*last, moment=moment)
        for name, text in self.case.appended.items():
            with (self.home / name).open("ab") as file:
                file.write(text.encode())
        for name, (old, new) in self.case.replaced.items():
            text = (self.home / name).read_bytes().decode()
            assert old in text, (name, text)
            (self.home / name).write_bytes(text.replace(old, new).encode())

    def _half_way(self) -> int:
        *first, last = self.case.runs
        moment = 1
        while True:
            self.prepare()
            for run in first:
                self.setup(*run)
            if self.setup(*last, moment=moment) == 0:
                return moment // 2
            moment += 1

    def record(self) -> dict[str, Any]:
        self.install()
        installed = self.nodes(stand_in=True)
        receipt = json.dumps([node.get("receipt") for node in installed.values()])
        self.run("uninstall", "--yes")
        uninstalled = self.nodes(stand_in=False)
        if not self.case.appended:
            self.prepare_and_compare(uninstalled)
        self.install()
        again = ("setup", *self.case.runs[-1]) if self.case.killed else ("refresh",)
        self.run(*again, "--yes", "--no-check")
        self.run("uninstall", "--yes")
        assert self.nodes(stand_in=False) == uninstalled
        return {
            "again": again,
            "installed": installed,
            "uninstalled": uninstalled,
            "values": dict(self.values(receipt)),
        }

    def prepare_and_compare(self, uninstalled: Mapping[str, Any]) -> None:
        self.prepare()
        assert self.nodes(stand_in=False) == uninstalled

    def values(self, receipt: str) -> Iterator[tuple[str, str]]:
        for line in dict.fromkeys(self.log.read_text().split()):
            data = bytes.fromhex(line)
            digest = hashlib.sha256(data).hexdigest()
            if digest in receipt and str(self.home).encode() in data:
                yield digest, data.decode().replace(str(self.home), PLACE)

    def nodes(self, *, stand_in: bool) -> dict[str, Any]:
        nodes = snapshot(self.home)
        del nodes[CA]
        trees = [name for name in nodes if Path(name).name.endswith("certs") or "certs.proxyenv" in name]
        inner = {name for name in nodes for tree in trees if name.startswith(f"{tree}/")}
        return {
            name: {"mode": f"{node[0]:04o}", **self.node(name, node, nodes, stand_in=stand_in)}
            for name, node in nodes.items()
            if name not in inner
        }

    def node(self, name: str, node: Node, nodes: Mapping[str, Node], *, stand_in: bool) -> dict[str, Any]:
        content = node[1]
        base = Path(name).name.removeprefix(".").removesuffix(".proxyenv-tmp")
        if content is None:
            return {"tree": self.packed(name, nodes)} if base == "certs" else {}
        if isinstance(content, str):
            return {"link": content}
        digest = hashlib.sha256(content).hexdigest()
        if name in RECEIPTS:
            return {"receipt": json.loads(self.hidden(content))}
        if stand_in and base in {*OWNED, *ROOTS}:
            return {"stand_in": base, "digest": digest}
        try:
            return {"text": self.hidden(content), "digest": digest}
        except UnicodeDecodeError:
            return {"latin_1": self.hidden(content, "latin-1"), "digest": digest}

    def packed(self, name: str, nodes: Mapping[str, Node]) -> str:
        files = {
            path.removeprefix(f"{name}/"): (mode, data)
            for path, (mode, data) in nodes.items()
            if path.startswith(f"{name}/") and isinstance(data, bytes)
        }
        assert {mode for mode, _ in files.values()} == {0o644}
        return hashlib.sha256(_packed(files)).hexdigest()

    def hidden(self, content: bytes, encoding: str = "utf-8") -> str:
        text = content.decode(encoding).replace(str(self.home), PLACE)
        assert "hhhhhh" not in text
        return text


def main() -> None:
    python = sys.argv[1]
    for name in sys.argv[2:] or CASES:
        with tempfile.TemporaryDirectory() as directory:
            home = make_home(Path(directory))
            recorder = Recorder(python, CASES[name], home)
            recorded = recorder.record()
            text = json.dumps(recorded, indent=1) + "\n"
            (RECORDINGS / f"{name}.json").write_text(text, "utf-8")
            print(name, len(text), stat.filemode(home.stat().st_mode))


if __name__ == "__main__":
    main()
