"""Steps of a build that go through a real intercepting proxy, and leave nothing of it in the image."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import ssl
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.demo.intercepting_proxy import InterceptingProxy, Network, start_proxy
from proxyenv.demo.origin import start_origin
from proxyenv.demo.stage import ORIGIN_NAME
from proxyenv.formats.wheel import Wheel
from support.command import proxyenv
from support.native_install import require_tools

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.docker_daemon import Containers

pytestmark = pytest.mark.slow

ORIGIN: Final = f"https://{ORIGIN_NAME}"
PROXY_NAME: Final = "proxy.corp.test"
PASSWORD: Final = "s3cr$t/with+all"
ENCODED: Final = "s3cr%24t%2Fwith%2Ball"

COMMANDS: Final = {
    "curl": ("FILE URL", f"/tmp/answer {ORIGIN}/uuid?curl", "/uuid?curl"),
    "git": ("URL", f"{ORIGIN}/repo.git /tmp/repo", "/repo.git/info/refs?service=git-upload-pack"),
    "pip": ("PACKAGE", f"--index-url {ORIGIN}/simple/ lab-demo", "/simple/lab-demo/"),
    "npm": ("npm ci", f"npm ci --registry {ORIGIN}/npm/", "/npm/lab-demo-1.0.0.tgz"),
    "apt": ("PACKAGE", "lab-demo", "/apt/./lab-demo_1.0_all.deb"),
}
"""What stands in a step for what is the user's, what the test puts there, and what the proxy then read."""

BASE: Final = """\
FROM {base}
RUN rm /usr/lib/python3*/EXTERNALLY-MANAGED && python3 -m venv /opt/venv && mkdir -m 0777 /app \\
 && printf '#!/bin/sh\\nexec /opt/nodejs/bin/node /opt/nodejs/lib/node_modules/npm/bin/npm-cli.js "$@"\\n' \\
    > /usr/local/bin/npm && chmod 0755 /usr/local/bin/npm \\
 && echo 'deb [trusted=yes] {origin}/apt ./' > /etc/apt/sources.list
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
WORKDIR /app
COPY package.json package-lock.json /app/
"""


@dataclass(frozen=True)
class Yard:
    """Where images are built.

    Args:
        containers: the daemon.
        proxy: it wants a password.
        root: the folders and the context of the builds.
        base: the tag of what is built upon.
    """

    containers: Containers
    proxy: InterceptingProxy
    root: Path
    base: str

    @property
    def url(self) -> str:
        return f"http://ada:{ENCODED}@{PROXY_NAME}:{self.proxy.port}"

    def write(self, name: str, *options: str) -> Path:
        """The folder, of which no file holds the password."""
        given = ("--proxy", self.url, "--ca", str(self.proxy.ca), "--build-only", *options)
        done = proxyenv("image", "write", name, *given, home=self.root)
        assert done.status == 0, done.err
        assert find_secrets((done.out + done.err).encode()) == []
        for each in (self.root / name).rglob("*"):
            assert not each.is_file() or find_secrets(each.read_bytes()) == []
        return self.root / name

    def build(self, folder: Path, tag: str, lines: str, *options: str, given: str | None = None) -> str:
        """Build by the folder's own program; return what it said."""
        (self.root / "context" / "Dockerfile").write_text(lines, "utf-8")
        environment = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(self.root),
            "DOCKER": self.containers.client,
            "DOCKER_HOST": self.containers.url,
            "BUILDKIT_PROGRESS": "plain",
            "HTTPS_PROXY": self.url if given is None else given,
        }
        network = ("--network=host", f"--add-host={PROXY_NAME}:127.0.0.1", f"--tag={tag}", *options)
        done = subprocess.run(
            [str(folder / "build"), *network, str(self.root / "context")],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stderr

    def seen(self, *, since: int) -> list[str]:
        """The https requests that the proxy read: their paths."""
        return [
            each.url.removeprefix(ORIGIN)
            for each in self.proxy.exchanges[since:]
            if each.event == "request" and each.url.startswith(ORIGIN)
        ]


def find_secrets(data: bytes) -> list[str]:
    """What of the password is in it: raw, percent-encoded, and as the proxy is told it."""
    basic = base64.b64encode(f"ada:{PASSWORD}".encode()).decode()
    return [text for text in (PASSWORD, ENCODED, ENCODED.lower(), basic) if text.encode() in data]


def find_ca(data: bytes, pem: str) -> list[str]:
    """What of the CA is in it: its DER, or a line of its PEM."""
    lines = [line for line in pem.splitlines() if len(line) == 64]
    assert lines
    found = [line for line in lines if line.encode() in data]
    return [*found, "DER"] if ssl.PEM_cert_to_DER_cert(pem) in data else found


@pytest.fixture(scope="module")
def yard(
    containers: Containers,
    debian_base: str,
    mitmproxy_python: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Yard]:
    root = tmp_path_factory.mktemp("yard")
    for name in ("origin", "proxy", "context"):
        (root / name).mkdir()
    with start_origin(root / "origin", names=(ORIGIN_NAME,)) as origin:
        serve_repository(root / "origin" / "files")
        serve_wheel(root / "origin" / "files")
        serve_deb(root / "origin" / "files", root)
        serve_npm(root / "origin" / "files", root / "context")
        load_node(containers, root)
        targets = {f"{ORIGIN_NAME}:80": origin.http_port, f"{ORIGIN_NAME}:443": origin.https_port}
        network = Network(targets, (443,), origin.ca)
        credentials = ("--set", f"proxyauth=ada:{PASSWORD}")
        with start_proxy(mitmproxy_python, root / "proxy", network, options=credentials) as proxy:
            lines = BASE.format(base=debian_base, origin=ORIGIN)
            (root / "context" / "Dockerfile").write_text(lines, "utf-8")
            containers.build(root / "context", "build-only:base")
            yield Yard(containers, proxy, root, "build-only:base")


def serve_repository(files: Path) -> None:
    """A repository of one commit, as git reads it from any server of files."""
    commit = ("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm1", "--allow-empty")
    for command in (
        ("git", "init", "--quiet", str(files / "work")),
        ("git", "-C", str(files / "work"), *commit),
        ("git", "clone", "--quiet", "--bare", str(files / "work"), str(files / "repo.git")),
        ("git", "-C", str(files / "repo.git"), "update-server-info"),
    ):
        subprocess.run(command, check=True)


def serve_wheel(files: Path) -> None:
    """An index of pip's with one package."""
    place = files / "simple" / "lab-demo"
    place.mkdir(parents=True)
    wheel = Wheel("lab-demo", "1.0", "a test", ">=3.10", {}, {"lab_demo.py": "ANSWER = 42\n"})
    (place / wheel.file_name).write_bytes(wheel.render())
    (place / "index.html").write_text(f'<a href="{wheel.file_name}">{wheel.file_name}</a>', "utf-8")


def serve_deb(files: Path, root: Path) -> None:
    """A repository of apt's with one package."""
    place, tree = files / "apt", root / "deb"
    place.mkdir()
    (tree / "DEBIAN").mkdir(parents=True)
    control = "Package: lab-demo\nVersion: 1.0\nArchitecture: all\nMaintainer: a <a@b>\nDescription: a test\n"
    (tree / "DEBIAN" / "control").write_text(control, "utf-8")
    deb = place / "lab-demo_1.0_all.deb"
    subprocess.run(
        ("/usr/bin/dpkg-deb", "--build", str(tree), str(deb)), stdout=subprocess.DEVNULL, check=True
    )
    digest = hashlib.sha256(deb.read_bytes()).hexdigest()
    where = f"Filename: ./{deb.name}\nSize: {deb.stat().st_size}\nSHA256: {digest}\n"
    (place / "Packages").write_text(control + where, "utf-8")


def serve_npm(files: Path, context: Path) -> None:
    """A package of npm's, and a project that is locked to it."""
    place = files / "npm"
    place.mkdir()
    package = json.dumps({"name": "lab-demo", "version": "1.0.0"}).encode()
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        member = tarfile.TarInfo("package/package.json")
        member.size = len(package)
        archive.addfile(member, io.BytesIO(package))
    (place / "lab-demo-1.0.0.tgz").write_bytes(buffer.getvalue())
    digest = base64.b64encode(hashlib.sha512(buffer.getvalue()).digest()).decode()
    needs = {"lab-demo": "1.0.0"}
    locked = {
        "version": "1.0.0",
        "resolved": f"{ORIGIN}/npm/lab-demo-1.0.0.tgz",
        "integrity": f"sha512-{digest}",
    }
    project = {"name": "a", "version": "1.0.0", "dependencies": needs}
    (context / "package.json").write_text(json.dumps(project), "utf-8")
    lock = {**project, "lockfileVersion": 3, "packages": {"": project, "node_modules/lab-demo": locked}}
    (context / "package-lock.json").write_text(json.dumps(lock), "utf-8")


def load_node(containers: Containers, root: Path) -> None:
    """Node and npm as an image, from which a step mounts them."""
    node = Path(require_tools(root).node_24).parents[1]
    tar = root / "node.tar"
    with tarfile.open(tar, "w") as archive:
        for name in ("bin/node", "lib/node_modules/npm"):
            archive.add(node / name, arcname=name)
    containers.load(tar, "node:tests")


def read_step(folder: Path, tool: str) -> str:
    """The step as it is written, with the user's part filled in."""
    text = (folder / "Dockerfile.steps").read_text("utf-8")
    step = re.search(rf"^# {tool}\n(RUN .*?)\n(?:\n|\Z)", text, re.MULTILINE | re.DOTALL)
    assert step is not None
    placeholder, own, _ = COMMANDS[tool]
    assert step[1].endswith(placeholder)
    filled = step[1].removesuffix(placeholder) + own
    # git's curl first asks without a password, and mitmproxy's refusal ends its connection.
    filled = filled.replace("&& git", "&& GIT_HTTP_PROXY_AUTHMETHOD=basic git")
    node = "RUN --mount=type=bind,from=node:tests,target=/opt/nodejs "
    return filled.replace("RUN ", node, 1) if tool == "npm" else filled


def test_every_step_passes_and_nothing_is_left(yard: Yard) -> None:
    folder = yard.write("steps")
    since = len(yard.proxy.exchanges)
    lines = "\n".join((f"FROM {yard.base}", *(read_step(folder, tool) for tool in COMMANDS)))
    said = yard.build(folder, "build-only:root", lines)
    assert {path for *_, path in COMMANDS.values()} <= set(yard.seen(since=since))
    run = yard.containers.run
    assert "uuid" in json.loads(run("build-only:root", "cat", "/tmp/answer", network="none").output)
    check = "import lab_demo; print(lab_demo.ANSWER)"
    assert run("build-only:root", "python3", "-c", check, network="none").output == "42\n"
    run("build-only:root", "sh", "-c", "dpkg -s lab-demo && ls node_modules/lab-demo", network="none")
    require_clean(yard, "build-only:root", said)


def test_a_step_of_another_user(yard: Yard) -> None:
    folder = yard.write("other", "--user", "10001")
    since = len(yard.proxy.exchanges)
    steps = [read_step(folder, tool) for tool in ("curl", "git", "pip", "npm")]
    steps[2] = steps[2].replace("pip install", "pip install --target /tmp/site")
    lines = "\n".join(
        (f"FROM {yard.base}", "USER 10001", "RUN cp package*.json /tmp/", "WORKDIR /tmp", *steps)
    )
    said = yard.build(folder, "build-only:user", lines)
    wanted = {path for tool, (*_, path) in COMMANDS.items() if tool != "apt"}
    assert wanted <= set(yard.seen(since=since))
    require_clean(yard, "build-only:user", said)


def require_clean(yard: Yard, tag: str, said: str) -> None:
    """No byte of password or CA in any layer, the history, the configuration, or what the build said."""
    assert find_secrets(said.encode()) == []
    tar = yard.containers.save(tag, yard.root / f"{tag.replace(':', '-')}.tar")
    scanned = proxyenv("image", "scan", tar, home=yard.root, HTTPS_PROXY=yard.url)
    assert (scanned.status, scanned.out.splitlines()[-1]) == (
        0,
        "nothing leaks, and nothing is known to break",
    ), scanned.out
    saved = tar.read_bytes()
    assert b"/run/secrets/proxyenv" in saved  # the history: a search finds what is there
    assert find_secrets(saved) == []
    assert find_ca(saved, yard.proxy.ca.read_text("ascii")) == []


def test_a_search_would_find_them(yard: Yard) -> None:
    folder = yard.write("leaks")
    context = yard.root / "context"
    (context / "leak").write_text(f"{yard.url}\n{yard.proxy.ca.read_text('ascii')}", "utf-8")
    yard.build(folder, "build-only:leaks", f"FROM {yard.base}\nCOPY leak /leak\nRUN rm /leak\n")
    (context / "leak").unlink()
    saved = yard.containers.save("build-only:leaks", yard.root / "leaks.tar").read_bytes()
    assert find_secrets(saved) == [ENCODED]
    assert find_ca(saved, yard.proxy.ca.read_text("ascii"))


def test_without_the_password_it_says_so(yard: Yard) -> None:
    folder = yard.write("unset")
    done = subprocess.run([str(folder / "build")], env={}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "build: HTTPS_PROXY, with the password of the proxy, is not set\n"


def test_a_build_that_fails_names_the_code(yard: Yard) -> None:
    folder = yard.write("failing")
    with pytest.raises(AssertionError, match="proxyenv explain builder-fetch"):
        yard.build(folder, "build-only:no", "FROM registry.corp.example/no-such\n")
    explained = proxyenv("explain", "builder-fetch", home=yard.root)
    assert "README.md" in explained.out
