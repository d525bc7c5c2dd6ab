"""Worker images that are built from the folder of ``image write``, and run against the corporate network."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.demo.evidence import parse_last_line, require_fetched, require_flow, url_of
from proxyenv.demo.run import FLOW
from proxyenv.demo.stage import ORIGIN_NAME, Stage
from support.command import proxyenv
from support.native_install import require_tools
from support.other_pythons import require_prefect_on

if TYPE_CHECKING:
    from support.docker_daemon import Containers, Ran
    from support.mitmproxy import CorporateNetwork

__all__ = ["API", "INSTALL_PLUGIN", "PROXY_NAME", "Lab", "make_lab"]

PROXY_NAME: Final = "proxy.corp.test"
API: Final = "http://prefect.demo.test:4200/api"
INSTALL_PLUGIN: Final = (
    "python3 -m pip install --no-index --no-deps /etc/proxyenv/proxyenv_prefect_plugin-*.whl"
)
"""As docs/images.md says it."""

SITE: Final = "/opt/site"
"""Where Prefect and all that it needs are mounted: a copy of it would take half a minute."""

NOBODY: Final = ("--user=12345:0", "--read-only", "--tmpfs=/tmp")
"""A user without an entry in `/etc/passwd`, who can write to `/tmp` alone."""

_WORKER: Final = f"""\
FROM {{base}}
RUN rm /usr/lib/python3*/EXTERNALLY-MANAGED && python3 -m venv --system-site-packages /opt/venv \\
 && for each in /opt/venv/lib/python3.*/site-packages /usr/local/lib/python3.*/dist-packages; do \\
      echo {SITE} > $each/site.pth; done
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin
"""


@dataclass(frozen=True)
class Lab:
    """Where images are built and run.

    Args:
        containers: the daemon.
        network: the proxy, and what is behind it.
        root: a directory for folders and files.
        base: the tag of a worker image without proxy and CA, with Prefect mounted at :data:`SITE`.
        packages: what is mounted there.
        node: Node, which is mounted too.
    """

    containers: Containers
    network: CorporateNetwork
    root: Path
    base: str
    packages: Path
    node: str

    def run_proxyenv(self, *arguments: str, status: int = 0) -> str:
        """Run proxyenv in a home where nothing is set up; return what it said."""
        done = proxyenv(*arguments, home=self.root)
        assert done.status == status, done.out + done.err
        return done.out + done.err

    def write(self, name: str, *options: str) -> Path:
        """Write the folder *name* for this network."""
        given = ["--proxy", f"{PROXY_NAME}:{self.network.proxy.port}", "--ca", str(self.network.proxy.ca)]
        self.run_proxyenv("image", "write", name, *given, "--api-url", API, *options)
        return self.root / name

    def build(self, context: Path, tag: str, lines: str = "", *options: str, buildkit: bool = True) -> str:
        """Build an image from a folder, by *lines* if there are any. Returns the tag."""
        if lines:
            dockerfile = self.root / f"Dockerfile.{tag.replace(':', '-')}"
            dockerfile.write_text(lines, "utf-8")
            options = (f"--file={dockerfile}", *options)
        self.containers.build(context, tag, *options, buildkit=buildkit)
        return tag

    @property
    def mounted_packages(self) -> dict[Path, str]:
        """What is mounted so that an image has Prefect, and its place there.

        The tests' own proxyenv is installed beside it, and a worker image has none.
        """
        mounts = {self.packages: SITE}
        for each in self.packages.glob("proxyenv_bootstrap-*"):
            (self.root / each.name).mkdir(exist_ok=True)
            mounts[self.root / each.name] = f"{SITE}/{each.name}"
        return mounts

    def run(
        self, image: str, *command: str, options: tuple[str, ...] = NOBODY, status: int | None = 0
    ) -> Ran:
        """Run a command, with Prefect, Node and a flow mounted, where only the proxy's name is known."""
        flow = self.root / "flow.py"
        flow.write_text(FLOW, "utf-8")
        mounts = {**self.mounted_packages, Path(self.node): "/opt/node", flow: "/flow.py"}
        options = (f"--add-host={PROXY_NAME}:127.0.0.1", *options)
        return self.containers.run(image, *command, options=options, mounts=mounts, status=status)

    def require_flow(self, marker: str, output: str, *, since: int) -> None:
        """Prove which way a flow went that fetched from the origin, and what the server knows of it."""
        network = self.network
        stage = Stage(self.root, self.root, {}, network.origin, network.server, network.proxy)
        require_fetched(stage, marker, output)
        require_flow(stage, parse_last_line(output)["flow_run"], since=since)

    def seen(self, *, since: int) -> list[str]:
        """The https requests to the origin that the proxy read: their paths."""
        start = f"https://{ORIGIN_NAME}"
        return [
            each.url.removeprefix(start)
            for each in self.network.proxy.exchanges[since:]
            if each.event == "request" and each.url.startswith(start) and each.tunnel == f"{ORIGIN_NAME}:443"
        ]


def make_lab(containers: Containers, debian: str, network: CorporateNetwork, root: Path) -> Lab:
    """Build the worker image, and let the origin serve a repository and an index of packages."""
    _serve_repository(network.files)
    _serve_package(network.files)
    version = containers.run(
        debian, "python3", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"
    ).output
    tools = require_tools(root)
    context = root / "worker"
    context.mkdir()
    lab = Lab(containers, network, root, "worker:1", _find_packages(version.strip()), tools.node_24)
    lab.build(context, lab.base, _WORKER.format(base=debian))
    return lab


def flow_urls(marker: str) -> tuple[str, str]:
    """What the flow of *marker* fetches."""
    return url_of("http", marker), url_of("https", marker)


def _find_packages(version: str) -> Path:
    """The site-packages with Prefect for the Python of the image."""
    if version == f"{sys.version_info[0]}.{sys.version_info[1]}":
        return Path(sysconfig.get_path("purelib"))
    python = require_prefect_on(version)
    return next(python.parents[1].glob("lib/python3*/site-packages"))


def _serve_repository(files: Path) -> None:
    """A repository of one commit, as git reads it from any server of files."""
    if (files / "repo.git").exists():
        return
    work = files / "work"
    for command in (
        ("git", "init", "--quiet", str(work)),
        (
            "git",
            "-C",
            str(work),
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@b",
            "commit",
            "-qm1",
            "--allow-empty",
        ),
        ("git", "clone", "--quiet", "--bare", str(work), str(files / "repo.git")),
        ("git", "-C", str(files / "repo.git"), "update-server-info"),
    ):
        subprocess.run(command, check=True)


def _serve_package(files: Path) -> None:
    """An index with one package, `lab-demo`."""
    from proxyenv.formats.wheel import Wheel

    place = files / "simple" / "lab-demo"
    place.mkdir(parents=True, exist_ok=True)
    wheel = Wheel("lab-demo", "1.0", "a test", ">=3.10", {}, {"lab_demo.py": "ANSWER = 42\n"})
    (place / wheel.file_name).write_bytes(wheel.render())
    (place / "index.html").write_text(f'<a href="{wheel.file_name}">{wheel.file_name}</a>', "utf-8")
