"""The commands of docs/images.md, typed as they stand there, in their order."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from support.certificates import make_ca
from support.documents import commands_of
from support.machine import require_client
from support.worker_images import INSTALL_PLUGIN

if TYPE_CHECKING:
    from support.worker_images import Lab

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

DOCKER: Final = """\
#!/bin/sh
[ "$1" != build ] || {{ shift; set -- build --network=host "$@"; }}
exec {docker} "$@"
"""
"""The daemon of the tests has no bridge."""

STORAGE: Final = '[storage]\ndriver = "vfs"\ngraphroot = "{place}/root"\nrunroot = "{place}/run"\n'

ELSEWHERE: Final = {INSTALL_PLUGIN}
"""What is run inside an image, by test_image_write.py."""


@pytest.fixture
def environment(lab: Lab, tmp_path: Path) -> dict[str, str]:
    """A user with Docker, buildah and proxyenv, and a CA."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "docker").write_text(DOCKER.format(docker=lab.containers.client), "utf-8")
    (programs / "docker").chmod(0o755)
    (tmp_path / "storage.conf").write_text(STORAGE.format(place=tmp_path / "buildah"), "utf-8")
    (tmp_path / "corp.pem").write_bytes(make_ca("Corp").pem)
    path = (programs, Path(sys.executable).parent, "/usr/sbin", "/usr/bin", "/sbin", "/bin")
    require_client("buildah")
    return {
        "PATH": os.pathsep.join(map(str, path)),
        "HOME": str(tmp_path),
        "DOCKER_HOST": lab.containers.url,
        "DOCKER_BUILDKIT": "1",
        "BUILDAH_ISOLATION": "chroot",
        "CONTAINERS_STORAGE_CONF": str(tmp_path / "storage.conf"),
    }


def test_every_command_does_what_the_page_says(lab: Lab, tmp_path: Path, environment: dict[str, str]) -> None:
    commands = commands_of("docs/images.md", __file__)
    assert set(commands) >= set(commands_of("README.md", __file__))
    assert len(commands) > len(ELSEWHERE)
    assert set(commands) >= ELSEWHERE
    for command in commands:
        if command in ELSEWHERE:
            continue
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=tmp_path,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        if "--tag worker:2" in command:
            lab.containers.ask("tag", "worker:2", "worker:latest")
