"""What the other tests of images stand on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from support.docker_daemon import start_docker

if TYPE_CHECKING:
    from support.docker_daemon import Containers

DOCKERFILE = """\
FROM {base}
RUN --mount=type=secret,id=word cp /run/secrets/word /kept
"""


def test_the_base_has_what_the_tests_of_images_need(containers: Containers, debian_base: str) -> None:
    said = containers.run(debian_base, "which", "curl", "git", "python3", "update-ca-certificates")
    assert said.output.split() == [
        "/usr/bin/curl",
        "/usr/bin/git",
        "/usr/bin/python3",
        "/usr/sbin/update-ca-certificates",
    ]


def test_an_image_is_built_with_a_secret_by_buildkit(
    containers: Containers, debian_base: str, tmp_path: Path
) -> None:
    (tmp_path / "Dockerfile").write_text(DOCKERFILE.format(base=debian_base), "utf-8")
    (tmp_path / "word").write_text("open sesame", "utf-8")
    containers.build(tmp_path, "word:tests", secrets={"word": tmp_path / "word"})
    assert containers.run("word:tests", "cat", "/kept", network="none").output == "open sesame"


def test_a_daemon_leaves_no_mount_and_no_directory() -> None:
    with start_docker() as docker:
        directory = docker.directory
    assert not directory.exists()
    assert str(directory) not in Path("/proc/self/mountinfo").read_text("utf-8")
