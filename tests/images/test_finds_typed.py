"""What `image scan` says avoids a find, typed: the image is built again by it, and nothing is found."""

from __future__ import annotations

import base64
import json
import re
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import certifi
import pytest

from proxyenv.certificates.hash_directory import hash_subject
from proxyenv.cli import run
from proxyenv.codes import read_family
from support.certificates import DAY, Issued, make_ca
from support.machine import give_up

if TYPE_CHECKING:
    from support.docker_daemon import Containers

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

HOME: Final = str(Path("~root").expanduser())
PASSWORD: Final = "kuckuck-77"
URL: Final = f"http://ada:{PASSWORD}@proxy.corp.example:3128"
PROXY: Final = "http://proxy.corp.example:3128"
BASIC: Final = base64.b64encode(f"ada:{PASSWORD}".encode()).decode()
NOW: Final = datetime.now(UTC)

PUBLIC: Final = Path(certifi.where()).read_bytes()
CORP: Final = make_ca("Corp Root")
OLD: Final = make_ca("Corp Root")
MERGED: Final = PUBLIC + CORP.pem
CACHED: Final = base64.b64encode(json.dumps({"key": f"https://u:{PASSWORD}@npm.corp.example/x"}).encode())
CACHE: Final = (
    f"mkdir -p {HOME}/.npm/_cacache/index-v5/a "
    f"&& echo {CACHED.decode()} | base64 -d > {HOME}/.npm/_cacache/index-v5/a/b"
)

ENV_BUNDLE: Final = "ENV SSL_CERT_FILE=/etc/proxyenv/ca-bundle.pem"
COPY_BUNDLE: Final = "COPY --chmod=0644 ca-bundle.pem /etc/proxyenv/ca-bundle.pem"
HASHED: Final = f"/etc/ssl/certs/{hash_subject(CORP.der)}.0"

TINY, DEBIAN = "tiny:tests", "debian-base:tests"


@dataclass(frozen=True)
class Leak:
    """An image that leaks or breaks, as the lines of its Dockerfile.

    Args:
        cause: what is found.
        lines: those after `FROM`.
        files: the context.
        today: what the context has when the line of the hint is typed.
        command: what stands for `COMMAND`.
        base: what it is built upon.
        ca: the corporate CA that is named to the scan.
        options: of `docker build`.
        proxy: of the shell that scans.
    """

    cause: str
    lines: tuple[str, ...]
    files: dict[str, str | bytes] = field(default_factory=dict)
    today: dict[str, str | bytes] = field(default_factory=dict)
    command: str = "true"
    base: str = TINY
    ca: Issued | None = None
    options: tuple[str, ...] = ()
    proxy: str = ""


def dated(cause: str, ca: Issued, today: bytes) -> Leak:
    files: dict[str, str | bytes] = {"ca-bundle.pem": PUBLIC + ca.pem}
    return Leak(cause, (COPY_BUNDLE, ENV_BUNDLE), files, {"ca-bundle.pem": PUBLIC + today})


def valid(before: int, after: int) -> Issued:
    return make_ca("Corp Root", not_before=NOW + before * DAY, not_after=NOW + after * DAY)


SOON: Final = valid(-30, 21)
LATER: Final = valid(10, 300)

LEAKS: Final[dict[str, Leak]] = {
    "a proxy in ENV": Leak("image-env-password", (f"ENV HTTPS_PROXY={URL}",)),
    "a password typed in RUN": Leak("image-history-password", (f"RUN true {URL}",)),
    "a declared ARG": Leak(
        "image-history-password", ("ARG MYPROXY", "RUN true"), options=(f"--build-arg=MYPROXY={URL}",)
    ),
    "a label": Leak("image-label-password", (f"LABEL source={URL}",)),
    "a health check": Leak(
        "image-healthcheck-password", (f"HEALTHCHECK CMD curl -x {URL} http://app.corp.example/",)
    ),
    "an entrypoint": Leak("image-command-password", (f"ENTRYPOINT exec curl -x {URL} http://a.example/",)),
    "settings that were copied": Leak(
        "image-settings-password",
        ("COPY pip.conf /etc/pip.conf",),
        {"pip.conf": f"[global]\nproxy = {URL}\n"},
    ),
    "a clone": Leak(
        "image-settings-password",
        ("COPY app /app",),
        {"app/.git/config": f'[remote "origin"]\n\turl = {URL}/app\n', "app/main.py": ""},
    ),
    "a file that was copied": Leak(
        "image-file-password",
        ("COPY app /app",),
        {"app/conf/settings.txt": f"https_proxy={URL}\n", "app/main.py": ""},
    ),
    "a log": Leak(
        "image-log-password",
        (f"RUN mkdir -p /var/log/apt && echo 'apt-get -o Acquire::http::Proxy={URL}' > /var/log/apt/x.log",),
    ),
    "a cache": Leak("image-cache-password", (f"RUN {CACHE}",), command=CACHE),
    "a header": Leak(
        "image-encoded-password",
        ("COPY app /app",),
        {"app/request.txt": f"Proxy-Authorization: Basic {BASIC}\r\n", "app/main.py": ""},
    ),
    "this shell's password": Leak(
        "image-proxy-password",
        ("COPY app /app",),
        {"app/word.txt": f"it is {PASSWORD}\n", "app/main.py": ""},
        proxy=URL,
    ),
    "a key": Leak("image-private-key", (f"COPY ca.key {HOME}/ca.key",), {"ca.key": CORP.key_pem}),
    "an SSH key": Leak("image-private-key", (f"COPY id_rsa {HOME}/.ssh/id_rsa",), {"id_rsa": CORP.key_pem}),
    "an ARG of the proxy": Leak(
        "image-proxy-arg", ("ARG HTTP_PROXY", "RUN true"), options=(f"--build-arg=HTTP_PROXY={PROXY}",)
    ),
    "Node verifies nothing": Leak("image-verification-off", ("ENV NODE_TLS_REJECT_UNAUTHORIZED=0",)),
    "curl verifies nothing": Leak("image-verification-off", ("RUN true curl -k https://a.example",)),
    "npm verifies nothing": Leak(
        "image-verification-off", (f"COPY .npmrc {HOME}/.npmrc",), {".npmrc": "strict-ssl=false\n"}
    ),
    "a file that is missing": Leak("image-file-missing", (ENV_BUNDLE,)),
    "a file that npm misses": Leak(
        "image-file-missing", (f"COPY .npmrc {HOME}/.npmrc",), {".npmrc": "cafile=/etc/corp/ca.pem\n"}
    ),
    "a bundle with mode 0600": Leak(
        "image-file-unreadable",
        (COPY_BUNDLE.replace("0644", "0600"), ENV_BUNDLE, "USER 10001"),
        {"ca-bundle.pem": MERGED},
    ),
    "a bundle in a closed directory": Leak(
        "image-file-unreadable",
        (
            "RUN mkdir -m 0700 /closed",
            "COPY --chmod=0644 ca-bundle.pem /closed/",
            "ENV SSL_CERT_FILE=/closed/ca-bundle.pem",
            "USER 10001",
        ),
        {"ca-bundle.pem": MERGED},
    ),
    "a CA of the store with mode 0600": Leak(
        "image-store-unreadable",
        (
            "COPY --chmod=0600 corp.crt /usr/local/share/ca-certificates/corp.crt",
            "COPY --chmod=0644 ca-bundle.pem /etc/ssl/certs/ca-certificates.crt",
            f"RUN ln -s /usr/local/share/ca-certificates/corp.crt {HASHED}",
            "USER 10001",
        ),
        {"corp.crt": CORP.pem, "ca-bundle.pem": MERGED},
    ),
    "the store with mode 0600": Leak(
        "image-store-unreadable",
        ("COPY --chmod=0600 ca-bundle.pem /etc/ssl/certs/ca-certificates.crt", "USER 10001"),
        {"ca-bundle.pem": MERGED},
    ),
    "a bundle without the CA": Leak(
        "image-bundle-without-ca",
        (COPY_BUNDLE, ENV_BUNDLE),
        {"ca-bundle.pem": PUBLIC},
        {"ca-bundle.pem": MERGED},
        ca=CORP,
    ),
    "a store whose tool was not run": Leak(
        "image-bundle-without-ca",
        ("COPY --chmod=0644 corp.crt /usr/local/share/ca-certificates/corp.crt",),
        {"corp.crt": CORP.pem},
        base=DEBIAN,
    ),
    "nothing trusts the CA": Leak("image-bundle-without-ca", (f"ENV HTTPS_PROXY={PROXY}",), ca=CORP),
    "the CA before this one": Leak(
        "image-bundle-older",
        (COPY_BUNDLE, ENV_BUNDLE),
        {"ca-bundle.pem": PUBLIC + OLD.pem},
        {"ca-bundle.pem": MERGED},
        ca=CORP,
    ),
    "no public roots": Leak(
        "image-bundle-without-roots",
        (COPY_BUNDLE, ENV_BUNDLE),
        {"ca-bundle.pem": CORP.pem},
        {"ca-bundle.pem": MERGED},
    ),
    "a volume over the store": Leak(
        "image-store-covered",
        ("COPY --chmod=0644 ca-bundle.pem /etc/ssl/certs/ca-certificates.crt", "VOLUME /etc/ssl/certs"),
        {"ca-bundle.pem": MERGED},
    ),
    "a store that is gone": Leak("image-store-covered", ("RUN rm -r /etc/ssl/certs",), base=DEBIAN),
    "a directory without hashes": Leak(
        "image-store-unhashed",
        ("COPY --chmod=0644 corp.pem /opt/ca/corp.pem", "ENV SSL_CERT_DIR=/opt/ca"),
        {"corp.pem": CORP.pem},
        base=DEBIAN,
    ),
    "a CA that has expired": dated("image-ca-expired", valid(-30, -1), CORP.pem),
    "a CA that expires soon": dated("image-ca-expires", SOON, SOON.pem + CORP.pem),
    "a CA of next month": dated("image-ca-not-yet-valid", LATER, LATER.pem + CORP.pem),
    "a proxy on loopback": Leak("image-proxy-loopback", ("ENV https_proxy=http://127.0.0.1:3128",)),
    "pip's proxy on loopback": Leak(
        "image-proxy-loopback",
        ("COPY pip.conf /etc/pip.conf",),
        {"pip.conf": "[global]\nproxy = http://localhost:3128\n"},
    ),
    "busybox asks the proxy for its health": Leak(
        "image-healthcheck-proxied",
        (f"ENV http_proxy={PROXY}", "HEALTHCHECK CMD wget -q -O- http://localhost:8080/"),
    ),
    "curl asks the proxy for its health": Leak(
        "image-healthcheck-proxied",
        (f"ENV http_proxy={PROXY}", "HEALTHCHECK CMD curl -f http://0.0.0.0:8080/"),
    ),
    "a Python that refuses the CA": Leak(
        "image-python-refuses",
        (COPY_BUNDLE, ENV_BUNDLE),
        {"ca-bundle.pem": PUBLIC + (LAX := make_ca("Corp", critical=False)).pem},
        base="python:3.13",
    ),
}


def test_every_find_is_typed() -> None:
    assert {each.cause for each in LEAKS.values()} == set(read_family("finds"))


@pytest.fixture(scope="session")
def bases(containers: Containers, debian_base: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A few kB with a shell; two that have another Python each, by name at least; and Debian."""
    context = tmp_path_factory.mktemp("tiny")
    busybox = shutil.which("busybox")
    if busybox is None:
        give_up("`busybox` is not installed")
    shutil.copy(busybox, context / "busybox")
    (context / "passwd").write_text("root:x:0:0:root:/root:/bin/sh\n", "utf-8")
    lines = (
        "FROM scratch",
        "COPY --chmod=0755 busybox /bin/busybox",
        "COPY --chmod=0644 passwd /etc/passwd",
        'RUN ["/bin/busybox", "--install", "-s", "/bin"]',
    )
    (context / "Dockerfile").write_text("\n".join(lines), "utf-8")
    containers.build(context, TINY)
    (context / "python").touch()
    for version in ("3.12", "3.13"):
        copied = f"FROM {TINY}\nCOPY --chmod=0755 python /usr/local/bin/python{version}\n"
        (context / "Dockerfile").write_text(copied, "utf-8")
        containers.build(context, f"python:{version}")
    assert debian_base == DEBIAN


@dataclass
class Project:
    """A Dockerfile and its context, which a hint changes."""

    root: Path
    leak: Leak
    lines: list[str]
    secrets: dict[str, Path] = field(default_factory=dict)

    def write(self, files: dict[str, str | bytes]) -> None:
        for name, content in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    def build(self, containers: Containers) -> None:
        (self.root / "Dockerfile").write_text("\n".join(self.lines) + "\n", "utf-8")
        options = ("--no-cache", *self.leak.options)
        containers.build(self.root, "typed:tests", *options, secrets=self.secrets)

    def remove(self, text: str) -> int:
        """Take the lines away that hold a text, from the Dockerfile and the context; return where."""
        place = next((i for i, line in enumerate(self.lines) if text in line), len(self.lines))
        self.lines = [line for line in self.lines if text not in line]
        for name in self.leak.files:
            lines = (self.root / name).read_text("latin-1").splitlines(keepends=True)
            kept = "".join(line for line in lines if text not in line)
            (self.root / name).write_text(kept, "latin-1")
        return place

    def add(self, line: str, place: int | None = None) -> None:
        """Put a line in, where no user or health check comes before it."""
        last = next((i for i, each in enumerate(self.lines) if each.startswith("USER")), len(self.lines))
        self.lines.insert(last if place is None else place, line.replace("COMMAND", self.leak.command))

    def type(self, hint: str) -> None:  # noqa: C901, PLR0912 - one branch for each way in which a hint says it
        """Do what the hint says, and nothing else."""
        quoted = re.findall("`([^`]*)`", hint)
        old = re.findall("in place of `([^`]*)`", hint)
        new = [each for each in quoted if re.match("(RUN|COPY|ENV|FROM) ", each) and each not in old]
        place = None
        for name in re.findall("no line `([^`]*)`", hint):
            self.lines = [line for line in self.lines if not line.startswith(name)]
            new = [each for each in new if each != name]
        for pattern in re.findall(r"`([^`]*)` in `\.dockerignore`", hint):
            self.write({".dockerignore": f"{pattern}\n"})
            new = []  # the file comes from the context; the other line is for a step that writes it
        for text in re.findall("leave `([^`]*)` out", hint):
            self.remove(text.rpartition(".")[2])
        if found := re.search("`(.*?)` in place of the password in `(.*?)`", hint):
            for i, line in enumerate(self.lines):
                if line.startswith(found[2]):
                    self.lines[i] = line.replace(PASSWORD, found[1])
        elif found := re.search("in place of step", hint) or re.search("no password on the command", hint):
            place = self.remove(PASSWORD)
        elif found := re.search("`([^`]*)` in place of `([^`]*)`", hint):
            if found[2] == "wget":
                self.lines = [line.replace("wget", found[1]) for line in self.lines]
            else:
                place = self.remove(found[2].partition("/")[2] or found[2])
        elif "type=cache" in hint:
            place = self.remove("_cacache")
        for line in new:
            if line.startswith("FROM"):
                self.lines[0] = line
                continue
            self.add(line, place)
            place = None if place is None else place + 1
            for secret in re.findall(r"type=secret,id=([\w.-]+)", line):
                (self.root.parent / "secret").write_text(f"export HTTPS_PROXY={URL}\n", "utf-8")
                self.secrets[secret] = self.root.parent / "secret"
        copied = {line.split()[-2]: MERGED for line in new if line.startswith("COPY")}
        self.write({name: self.leak.files.get(name, content) for name, content in copied.items()})
        self.write(self.leak.today)


@pytest.mark.usefixtures("bases")
@pytest.mark.parametrize("name", LEAKS)
def test_the_line_of_the_hint_avoids_it(
    name: str,
    containers: Containers,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    leak = LEAKS[name]
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DOCKER_HOST", containers.url)
    for variable in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    if leak.proxy:
        monkeypatch.setenv("HTTPS_PROXY", leak.proxy)
    project = Project(tmp_path / "context", leak, [f"FROM {leak.base}", *leak.lines])
    project.root.mkdir()
    project.write(leak.files)
    project.build(containers)
    found = scan(leak, tmp_path, capsys)
    hints = {each["avoid"] for each in found if each["cause"] == leak.cause}
    assert len(hints) == 1, found
    (hint,) = hints
    assert "..." not in hint
    project.type(hint)
    project.build(containers)
    assert scan(leak, tmp_path, capsys) == [], (hint, project.lines)


def scan(leak: Leak, home: Path, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    options = []
    if leak.ca:
        (home / "corp.pem").write_bytes(leak.ca.pem)
        options = ["--ca", str(home / "corp.pem")]
    run(["image", "scan", "docker://typed:tests", "--output", "json", *options])
    document = json.loads(capsys.readouterr().out)
    assert document["errors"] == []
    finds: list[dict[str, Any]] = document["data"]["finds"]
    return finds
