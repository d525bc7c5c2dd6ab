"""Real builds, with and without BuildKit: what they leave behind is found, and nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest

from support.command import proxyenv

if TYPE_CHECKING:
    from pathlib import Path

    from support.docker_daemon import Containers

PASSWORD: Final = "kuckuck-77"
URL: Final = f"http://ada:{PASSWORD}@proxy.corp.example:3128"

ARGUMENT: Final = f"--build-arg=HTTP_PROXY={URL}"

LEAKS: Final = {
    "ENV": ("ENV HTTPS_PROXY={url}\n", (), {"image-env-password", "image-history-password"}),
    "LABEL": ("LABEL source={url}\n", (), {"image-label-password", "image-history-password"}),
    "HEALTHCHECK": (
        "HEALTHCHECK CMD curl -x {url} http://app.corp.example/\n",
        (),
        {"image-healthcheck-password", "image-history-password"},
    ),
    "ARG declared": (
        "ARG HTTP_PROXY\nRUN true\n",
        (ARGUMENT,),
        {"image-history-password", "image-proxy-arg"},
    ),
    "ARG not declared": ("RUN true\n", (ARGUMENT,), set[str]()),
    "ARG of another name": (
        "ARG MYPROXY\nRUN true\n",
        (f"--build-arg=MYPROXY={URL}",),
        {"image-history-password"},
    ),
    "typed in RUN": ("RUN echo {url} > /kept\n", (), {"image-history-password", "image-file-password"}),
    "copied and removed": (
        "COPY pip.conf /etc/pip.conf\nRUN rm /etc/pip.conf\n",
        (),
        {"image-settings-password"},
    ),
    "a stage before": (
        "ENV HTTPS_PROXY={url}\nRUN echo hello > /kept\nFROM {base}\nCOPY --from=0 /kept /kept\n",
        (),
        set[str](),
    ),
}


def scan(image: str | Path, containers: Containers, home: Path) -> list[dict[str, Any]]:
    ran = proxyenv("image", "scan", str(image), "--output", "json", home=home, DOCKER_HOST=containers.url)
    assert PASSWORD not in ran.out + ran.err
    document = json.loads(ran.out)
    assert document["errors"] == []
    finds: list[dict[str, Any]] = document["data"]["finds"]
    assert ran.status == (1 if finds else 0)
    return finds


@pytest.mark.parametrize("buildkit", [pytest.param(True, id="BuildKit"), pytest.param(False, id="classic")])
@pytest.mark.parametrize("name", LEAKS)
def test_what_a_build_leaves_is_found(
    name: str, buildkit: bool, containers: Containers, debian_base: str, tmp_path: Path
) -> None:
    text, options, causes = LEAKS[name]
    context = tmp_path / "context"
    context.mkdir()
    (context / "pip.conf").write_text(f"[global]\nproxy = {URL}\n", "utf-8")
    dockerfile = f"FROM {debian_base}\n" + text.format(url=URL, base=debian_base)
    (context / "Dockerfile").write_text(dockerfile, "utf-8")
    containers.build(context, "leak:tests", "--no-cache", *options, buildkit=buildkit)
    found = scan("docker://leak:tests", containers, tmp_path)
    assert {find["cause"] for find in found} == causes
    if name == "copied and removed":
        saved = scan(containers.save("leak:tests", tmp_path / "leak.tar"), containers, tmp_path)
        assert saved == found


def test_a_mounted_secret_leaves_nothing(containers: Containers, debian_base: str, tmp_path: Path) -> None:
    context = tmp_path / "context"
    context.mkdir()
    (context / "Dockerfile").write_text(
        f"FROM {debian_base}\n"
        'RUN --mount=type=secret,id=proxyenv . /run/secrets/proxyenv && test -n "$HTTPS_PROXY"\n',
        "utf-8",
    )
    secret = tmp_path / "proxy.env"
    secret.write_text(f"export HTTPS_PROXY={URL}\n", "utf-8")
    containers.build(context, "mounted:tests", "--no-cache", secrets={"proxyenv": secret})
    home = tmp_path / "home"
    home.mkdir()
    ran = proxyenv(
        "image", "scan", "docker://mounted:tests", home=home, DOCKER_HOST=containers.url, HTTPS_PROXY=URL
    )
    assert (ran.status, ran.out.splitlines()[-1]) == (0, "nothing leaks, and nothing is known to break")


def test_the_base_is_clean(containers: Containers, debian_base: str, tmp_path: Path) -> None:
    assert scan(f"docker://{debian_base}", containers, tmp_path) == []


@pytest.mark.parametrize(
    ("name", "host", "code"),
    [
        pytest.param("docker://gone:tests", None, "image-not-found", id="no such image"),
        pytest.param("docker://../x", None, "image-not-found", id="no name"),
        pytest.param("docker://x", "unix:///nonexistent", "docker-unreachable", id="no daemon"),
        pytest.param("docker://x", "tcp://192.0.2.1:2376", "docker-unreachable", id="elsewhere"),
    ],
)
def test_what_the_daemon_does_not_give_is_said(
    name: str, host: str | None, code: str, containers: Containers, tmp_path: Path
) -> None:
    ran = proxyenv(
        "image", "scan", name, "--output", "json", home=tmp_path, DOCKER_HOST=host or containers.url
    )
    assert (ran.status, [each["code"] for each in ran.json["errors"]]) == (3, [code])
