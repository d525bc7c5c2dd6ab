"""Whether this is a container: by what Docker, podman and a cluster leave there."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from proxyenv.machine.container import find_container, find_missing_files, is_of_image, is_prepared

if TYPE_CHECKING:
    from collections.abc import Mapping


@pytest.mark.parametrize(
    ("file", "content", "environment", "place"),
    [
        pytest.param(".dockerenv", "", {}, "image", id="Docker"),
        pytest.param("run/.containerenv", "", {}, "image", id="podman"),
        pytest.param(
            "proc/1/cgroup", "5:cpu:/docker/99bb648e\n", {}, "image", id="a control group of Docker"
        ),
        pytest.param("proc/1/cgroup", "1:x:/kubepods.slice/kubepods-pod1\n", {}, "image", id="of a cluster"),
        pytest.param("proc/1/cgroup", "0::/init.scope\n", {}, None, id="of a machine"),
        pytest.param("x", "", {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "kubernetes", id="a pod"),
        pytest.param("x", "", {}, None, id="a machine"),
    ],
)
def test_a_container_is_known(
    file: str, content: str, environment: Mapping[str, str], place: str | None, tmp_path: Path
) -> None:
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text(content, "utf-8")
    assert find_container(environment, root=tmp_path) == place


def test_a_file_that_is_named_and_missing_is_found(tmp_path: Path) -> None:
    there = tmp_path / "there.pem"
    there.touch()
    environment = {"SSL_CERT_FILE": str(there), "REQUESTS_CA_BUNDLE": str(tmp_path / "gone.pem")}
    assert find_missing_files(environment) == (("REQUESTS_CA_BUNDLE", str(tmp_path / "gone.pem")),)


def test_what_an_image_gave_is_a_proxy_or_a_ca() -> None:
    assert is_prepared({"https_proxy": "http://p:1"})
    assert is_prepared({"SSL_CERT_FILE": "/etc/proxyenv/ca-bundle.pem"})
    assert not is_prepared({"PATH": "/usr/bin", "SSL_CERT_FILE": ""})


@pytest.mark.parametrize(
    ("place", "written", "of_image"),
    [
        pytest.param("image", 1000, True, id="set up while the image was built"),
        pytest.param("image", 3000, False, id="set up in the running container"),
        pytest.param("kubernetes", 3000, True, id="set up in a pod, which forgets it"),
    ],
)
def test_who_set_a_container_up(
    place: Literal["image", "kubernetes"], written: int, of_image: bool, tmp_path: Path
) -> None:
    for name, moment in ((".dockerenv", 2000), ("receipt.json", written)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (moment, moment))
    assert is_of_image(tmp_path / "receipt.json", place, root=tmp_path) == of_image


def test_without_a_mark_what_is_set_up_is_of_the_image(tmp_path: Path) -> None:
    (tmp_path / "receipt.json").touch()
    assert is_of_image(tmp_path / "receipt.json", "image", root=tmp_path)
    assert not is_of_image(tmp_path / "no-receipt.json", "image", root=tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="`/proc` is another file system than `/`")
def test_what_is_on_a_volume_stays() -> None:
    assert not is_of_image(Path("/proc/version"), "kubernetes")
