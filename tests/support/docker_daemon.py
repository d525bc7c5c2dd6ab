"""A Docker daemon for the tests alone: its data and its socket are in a directory that is thrown away.

It needs root and Debian's package ``docker.io``. Containers use the network of this machine or none, so it
changes no firewall and makes no bridge; no registry is asked for anything.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal

import pytest

from proxyenv.demo.child import start_child
from support.debian_base import require_debian_base
from support.machine import give_up
from support.mounts import mount, unmount
from support.resting import resting
from support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Containers", "Ran", "containers", "debian_base", "start_docker"]

DEBIAN_BASE: Final = "debian-base:tests"
"""A small Debian with curl, git and Python, in every daemon of :func:`debian_base`."""

Network = Literal["host", "none"]

_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_START_LIMIT: Final = 240.0
_LIMIT: Final = 240.0
_SETTINGS: Final = ("--iptables=false", "--ip6tables=false", "--bridge=none")
_PLENTY: Final = 10 * 1024 * 1024
"""In kB. A daemon of these tests fills one or two GiB, and four may run at once."""
_MOUNT_POINT: Final = 4  # in a line of mountinfo
_LAST_WITH_OWN_BUILDKIT: Final = 22
"""From 23 on the client builds with BuildKit by its plugin ``buildx`` alone."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a container or of a build.

    Args:
        status: of the exit.
        output: what it wrote to stdout.
        errors: what it wrote to stderr; a build says all there.
    """

    status: int
    output: str
    errors: str


@dataclass(frozen=True, slots=True)
class Containers:
    """A running daemon, asked by Docker's own client.

    Args:
        client: that can build with BuildKit and without.
        directory: of the daemon; the client's home too, so no configuration of this machine is read.
        variables: what the client gets besides.
    """

    client: str
    directory: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Of the daemon's API, for ``DOCKER_HOST``."""
        return f"unix://{self.directory}/docker.sock"

    @property
    def processes(self) -> tuple[int, ...]:
        """The daemon and, where it has started one, the containerd that it watches."""
        files = (self.directory / name for name in ("pid", "exec/containerd/containerd.pid"))
        return tuple(int(file.read_text("ascii")) for file in files if file.exists())

    def ask(self, *arguments: str, status: int | None = 0, **variables: str) -> Ran:
        """Run the client.

        Args:
            arguments: such as ``("image", "ls")``.
            status: with which it has to end; ``None`` for any.
            variables: for the client.
        """
        environment = {"PATH": _PATH, "HOME": str(self.directory), "DOCKER_HOST": self.url}
        done = subprocess.run(
            [self.client, *arguments],
            env={**environment, **self.variables, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_LIMIT,
            check=False,
        )
        ran = Ran(done.returncode, done.stdout, done.stderr)
        said = f"docker {' '.join(arguments)}\n{ran.output}\n{ran.errors}"
        assert status is None or ran.status == status, said
        return ran

    def build(
        self,
        context: Path,
        tag: str,
        *options: str,
        buildkit: bool = True,
        status: int | None = 0,
        secrets: Mapping[str, Path] | None = None,
        **variables: str,
    ) -> Ran:
        """Build an image from a folder.

        Args:
            context: the folder, with a ``Dockerfile`` unless *options* name another.
            tag: of the image.
            options: more of ``docker build``.
            buildkit: or the classic builder.
            status: with which it has to end; ``None`` for any.
            secrets: name to file, for ``RUN --mount=type=secret``.
            variables: for the client.
        """
        given = [f"--secret=id={name},src={path}" for name, path in (secrets or {}).items()]
        variables = {"DOCKER_BUILDKIT": str(int(buildkit)), "BUILDKIT_PROGRESS": "plain", **variables}
        command = ("build", "--network=host", f"--tag={tag}", *given, *options, str(context))
        return self.ask(*command, status=status, **variables)

    def run(
        self,
        image: str,
        *command: str,
        options: tuple[str, ...] = (),
        network: Network = "host",
        environment: Mapping[str, str] | None = None,
        mounts: Mapping[Path, str] | None = None,
        status: int | None = 0,
    ) -> Ran:
        """Run a command in a container, which is removed then.

        Args:
            image: its tag.
            command: the command; empty for the image's own.
            options: more of ``docker run``, such as ``--read-only``.
            network: this machine's or none.
            environment: more variables.
            mounts: a path of this machine to its place in the container, where it can only be read.
            status: with which it has to end; ``None`` for any.
        """
        given = [f"--env={name}={value}" for name, value in (environment or {}).items()]
        given += [f"--volume={source}:{place}:ro" for source, place in (mounts or {}).items()]
        run = ("run", "--rm", f"--network={network}", *given, *options, image, *command)
        return self.ask(*run, status=status)

    def load(self, tar: Path, tag: str) -> None:
        """Make an image of one layer from the tar of a root directory."""
        self.ask("import", str(tar), tag)

    def save(self, tag: str, tar: Path) -> Path:
        """Write an image into a file, and return the file."""
        self.ask("save", "--output", str(tar), tag)
        return tar

    def inspect(self, tag: str) -> dict[str, Any]:
        """What the daemon says of an image."""
        found: list[dict[str, Any]] = json.loads(self.ask("image", "inspect", tag).output)
        return found[0]


@pytest.fixture(scope="session")
def containers() -> Iterator[Containers]:
    """A daemon, started once for all tests, with no image."""
    with start_docker() as daemon, resting("containers", *daemon.processes):
        yield daemon


@pytest.fixture(scope="session")
def debian_base(containers: Containers) -> str:
    """The tag of a small Debian in the daemon: ca-certificates, curl, git, Python with ``venv``."""
    containers.load(require_debian_base(), DEBIAN_BASE)
    return DEBIAN_BASE


@contextmanager
def start_docker(environment: Mapping[str, str] = MappingProxyType({})) -> Iterator[Containers]:
    """Start a daemon, wait until it answers, and leave nothing of it behind.

    Args:
        environment: what the daemon has besides `PATH`.
    """
    daemon, client = _require_docker()
    directory = Path(tempfile.mkdtemp(prefix="docker-"))
    places = (f"--data-root={directory}/data", f"--exec-root={directory}/exec", f"--pidfile={directory}/pid")
    docker = Containers(client, directory)
    _use_memory(directory / "data")
    # A run that is killed leaves no daemon behind, which would go on for ever, or rest for ever.
    command = ["setpriv", "--pdeathsig=KILL", daemon, *_SETTINGS, *places, f"--host={docker.url}"]
    try:
        with start_child(
            "dockerd", command, environment={"PATH": _PATH, **environment}, directory=directory
        ) as child:
            child.wait_until(lambda: _answers(docker), limit=_START_LIMIT)
            yield docker
    finally:
        _clear_away(directory)


def _require_docker() -> tuple[str, str]:
    """The daemon, and a client that can build; a laptop without them or without root skips the test."""
    if getattr(os, "geteuid", lambda: -1)() != 0:
        pytest.skip("a Docker daemon needs root")
    if not os.environ.get("CI"):
        pytest.skip("containers run where `CI` is set")
    daemon = shutil.which("dockerd", path=_PATH)
    if daemon is None:
        give_up("`dockerd` is not installed (Debian: `docker.io`)")
    client = next((str(each) for each in _find_clients() if _can_build(str(each))), None)
    if client is None:
        give_up("no `docker` here can build with BuildKit: from version 23 on it needs its plugin `buildx`")
    return daemon, client


def _use_memory(place: Path) -> None:
    """Keep the images in memory where there is plenty: a disk takes minutes to forget them."""
    place.mkdir()
    said = re.search(r"^MemAvailable: +(\d+) kB$", Path("/proc/meminfo").read_text("ascii"), re.MULTILINE)
    if said is not None and int(said[1]) > _PLENTY:
        mount("-t", "tmpfs", "-o", "size=4g,mode=0710", "tmpfs", str(place))


def _find_clients() -> Iterator[Path]:
    places = [Path(each) for each in (*os.environ.get("PATH", "").split(os.pathsep), "/usr/bin") if each]
    return (place / "docker" for place in dict.fromkeys(places) if (place / "docker").exists())


def _can_build(client: str) -> bool:
    """Whether a client builds with BuildKit: up to 22 by itself, later by a plugin, which it may lack."""
    said = _hear([client, "--version"])
    version = re.search(r"version (\d+)\.", said)
    if version is None:
        return False
    return int(version[1]) <= _LAST_WITH_OWN_BUILDKIT or "buildx" in _hear([client, "buildx", "version"])


def _hear(command: list[str]) -> str:
    done = subprocess.run(command, env={"PATH": _PATH}, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else ""


def _answers(docker: Containers) -> bool | None:
    return docker.ask("version", "--format={{.Server.Version}}", status=None).status == 0 or None


def _clear_away(directory: Path) -> None:
    """Remove what a daemon left: its containerd, where it was killed, its mounts, its directory."""
    for record in directory.glob("exec/containerd/containerd.pid"):
        _end(int(record.read_text("ascii") or 0), directory)
    for place in reversed(_find_mounts(directory)):
        unmount(place)
    shutil.rmtree(directory)


def _end(process: int, directory: Path) -> None:
    """End a containerd, if the process is that of this directory and no other."""
    command = Path(f"/proc/{process}/cmdline")
    with suppress(OSError):
        if str(directory) in command.read_text("utf-8", "replace"):
            os.kill(process, signal.SIGTERM)
            wait_until(lambda: not command.exists(), 10)


def _find_mounts(directory: Path) -> list[str]:
    """What is mounted below a directory, in the order in which it was."""
    lines = Path("/proc/self/mountinfo").read_text("utf-8").splitlines()
    places = [line.split(" ")[_MOUNT_POINT] for line in lines]
    return [place for place in places if Path(place).is_relative_to(directory)]
