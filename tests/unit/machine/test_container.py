"""Whether this is a container: by what Docker, podman and a cluster leave there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from proxyenv.machine.container import find_container, find_missing_files, is_prepared

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
