"""Images with ways of their own: Prefect's official one, one without a shell, RHEL's tool, buildah."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from support.machine import AS_FOUND, TOOLS, require_client
from support.native_install import require_tools
from support.worker_images import PROXY_NAME, flow_urls

if TYPE_CHECKING:
    from support.worker_images import Lab

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ORIGIN: Final = "https://origin.demo.test"

ENTRYPOINT: Final = """\
#!/usr/bin/env bash
set -e
[ ! -f ~/.bashrc ] || . ~/.bashrc
[ -z "$EXTRA_PIP_PACKAGES" ] || uv pip install --system $EXTRA_PIP_PACKAGES
exec "$@"
"""
"""As the official image's begins, of 2026-08-21."""

OFFICIAL: Final = """\
FROM {base}
COPY --chmod=0755 entrypoint.sh /opt/prefect/entrypoint.sh
COPY --chmod=0755 uv /bin/uv
ENV UV_LINK_MODE=copy UV_SYSTEM_PYTHON=1 PATH=/usr/local/bin:/usr/bin:/bin
WORKDIR /opt/prefect
ENTRYPOINT ["/usr/bin/tini", "-g", "--", "/opt/prefect/entrypoint.sh"]
"""

EXTRA: Final = ("EXTRA_PIP_PACKAGES=lab-demo", f"UV_DEFAULT_INDEX={ORIGIN}/simple/")
ASK: Final = "import lab_demo, os; print(lab_demo.ANSWER, os.environ['HTTPS_PROXY'])"


@pytest.fixture(scope="module")
def official(lab: Lab) -> str:
    """What ``--flavor prefect`` makes of an image that starts as the official one does."""
    context = lab.root / "official"
    context.mkdir()
    (context / "entrypoint.sh").write_text(ENTRYPOINT, "utf-8")
    shutil.copy(require_tools(lab.root).uv, context / "uv")
    base = lab.build(context, "official:1", OFFICIAL.format(base=lab.base))
    folder = lab.write("flavor", "--flavor", "prefect", "--from", base)
    return lab.build(folder, "official:2", "", f"--file={folder}/Dockerfile.proxyenv")


def test_the_official_image_installs_extra_packages_and_runs_a_flow(lab: Lab, official: str) -> None:
    since = len(lab.network.proxy.exchanges)
    options = tuple(f"--env={each}" for each in EXTRA)
    ran = lab.run(official, "python3", "/flow.py", *flow_urls("official"), options=options)
    lab.require_flow("official", ran.output, since=since)
    assert "/simple/lab-demo/" in lab.seen(since=since)


def test_the_entrypoint_sets_an_environment_again_that_was_cleared(lab: Lab, official: str) -> None:
    start = ("/usr/bin/tini", "-g", "--", "/opt/prefect/entrypoint.sh")
    kept = ("PATH=/usr/local/bin:/usr/bin:/bin", "UV_SYSTEM_PYTHON=1", *EXTRA)
    command = ("-i", *kept, *start, "python3", "-c", ASK)
    ran = lab.run(official, *command, options=("--entrypoint=/usr/bin/env",))
    assert ran.output == f"42 http://{PROXY_NAME}:{lab.network.proxy.port}\n"


def test_the_entrypoint_leaves_what_a_container_was_given(lab: Lab, official: str) -> None:
    options = ("--env=HTTPS_PROXY=http://other.corp.test:1",)
    ran = lab.run(official, "sh", "-c", "echo $HTTPS_PROXY", options=options)
    assert ran.output == "http://other.corp.test:1\n"


def test_the_plugin_reaches_a_flow_that_no_shell_started(lab: Lab, official: str) -> None:
    since = len(lab.network.proxy.exchanges)
    command = ("-i", "/usr/bin/python3", "/flow.py", *flow_urls("no-shell"))
    ran = lab.run(official, *command, options=("--entrypoint=/usr/bin/env",))
    lab.require_flow("no-shell", ran.output, since=since)


FETCH: Final = """\
package main

import ("fmt"; "io"; "net/http"; "os")

func main() {
	http.DefaultTransport.(*http.Transport).Proxy = proxy
	answer, err := http.Get(os.Args[1])
	if err != nil { fmt.Fprintln(os.Stderr, err); os.Exit(1) }
	io.Copy(os.Stdout, answer.Body)
}
"""
PROXY_OF: Final = """\
package main

import ("net/http"; "net/url"; "os")

func proxy(request *http.Request) (*url.URL, error) {
	if len(os.Args) > 2 { return url.Parse(os.Args[2]) }
	return http.ProxyFromEnvironment(request)
}
"""


@pytest.fixture(scope="module")
def static(lab: Lab) -> str:
    """Nothing but the folder's files and two static programs."""
    context = lab.root / "static"
    context.mkdir()
    (context / "go.mod").write_text("module fetch\n", "utf-8")
    (context / "main.go").write_text(FETCH, "utf-8")
    (context / "proxy.go").write_text(PROXY_OF, "utf-8")
    variables = {"PATH": os.environ["PATH"], "HOME": str(lab.root), "CGO_ENABLED": "0"}
    cache = AS_FOUND.get("GOCACHE", os.fspath(TOOLS / "go-build"))
    go = (require_tools(lab.root).go, "build", "-o", "fetch", ".")
    subprocess.run(go, cwd=context, env={**variables, "GOCACHE": cache}, check=True)
    shutil.copy(require_client("busybox"), context / "busybox")
    folder = lab.write("bare", "--family", "none")
    base = lab.build(folder, "bare:1", "", f"--file={folder}/Dockerfile.proxyenv")
    return lab.build(context, "bare:2", f"FROM {base}\nCOPY --chmod=0755 fetch busybox /\nUSER 65532\n")


BARE: Final = ("--read-only", "--tmpfs=/tmp")


def test_a_static_program_in_an_image_from_scratch(lab: Lab, static: str) -> None:
    since = len(lab.network.proxy.exchanges)
    lab.run(static, "/fetch", f"{ORIGIN}/uuid?static", options=BARE)
    assert lab.seen(since=since) == ["/uuid?static"]


def test_the_same_without_the_variable(lab: Lab, static: str) -> None:
    since = len(lab.network.proxy.exchanges)
    proxy = f"http://{PROXY_NAME}:{lab.network.proxy.port}"
    lab.run(static, "/busybox", "env", "-i", "/fetch", f"{ORIGIN}/uuid?store", proxy, options=BARE)
    assert lab.seen(since=since) == ["/uuid?store"]


def test_everything_in_it_can_be_read(lab: Lab, static: str) -> None:
    script = "/busybox find /etc/proxyenv -type f | /busybox xargs /busybox cat | /busybox wc -c"
    ran = lab.run(static, "/busybox", "sh", "-c", script, options=BARE)
    assert (int(ran.output) > 300_000, ran.errors) == (True, "")


TRUST: Final = """\
FROM {base}
RUN mkdir -p /etc/pki/ca-trust/source/anchors /etc/pki/ca-trust/extracted/pem \\
 && cp /etc/ssl/certs/ca-certificates.crt /etc/pki/ca-trust/source/anchors/public.pem \\
 && sed -i 's|^x-init-reserved:.*|x-init-reserved: paths=/etc/pki/ca-trust/source|' \\
      /usr/share/p11-kit/modules/p11-kit-trust.module \\
 && printf '%s\\n' '#!/bin/sh' 'exec trust extract --format=pem-bundle --filter=ca-anchors \\
      --purpose=server-auth --overwrite --comment /etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem' \\
      > /usr/bin/update-ca-trust \\
 && chmod 755 /usr/bin/update-ca-trust
"""
"""What RHEL's `update-ca-trust` comes down to, by p11-kit's own tool, which is all of it that Debian has."""


def test_the_tool_of_rhel_takes_the_ca(lab: Lab) -> None:
    base = lab.build(lab.root / "worker", "rhel:1", TRUST.format(base=lab.base))
    folder = lab.write("rhel", "--family", "rhel", "--from", base)
    image = lab.build(folder, "rhel:2", "", f"--file={folder}/Dockerfile.proxyenv")
    since = len(lab.network.proxy.exchanges)
    bundle = "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"
    proxy = f"http://{PROXY_NAME}:{lab.network.proxy.port}"
    ask = ("env", "-i", "curl", "-sSf", "-x", proxy, "--cacert", bundle, f"{ORIGIN}/uuid?rhel")
    lab.run(image, *ask)
    assert lab.seen(since=since) == ["/uuid?rhel"]


@pytest.fixture(scope="module")
def buildah(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """The program, with a storage of its own."""
    place = tmp_path_factory.mktemp("buildah")
    storage = (f"--root={place}/root", f"--runroot={place}/run", "--storage-driver=vfs")
    return (require_client("buildah"), *storage)


def build_by(buildah: tuple[str, ...], *arguments: str, **variables: str) -> str:
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/nonexistent", **variables}
    command = [*buildah, "build", "--isolation=chroot", "--network=host", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_buildah_builds_the_same_dockerfile(lab: Lab, buildah: tuple[str, ...]) -> None:
    folder = lab.write("buildah", "--family", "none")
    said = build_by(buildah, "--http-proxy=false", f"--file={folder}/Dockerfile.proxyenv", str(folder))
    assert "COPY --chmod=0755 run /etc/proxyenv/" in said


SHOW: Final = 'FROM scratch\nCOPY busybox /bin/sh\nRUN echo "proxy <$http_proxy>"\n'
SECRET: Final = "http://ada:s3cr3t@proxy.corp.test:3128"


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        pytest.param((), f"proxy <{SECRET}>", id="unasked it tells every RUN"),
        pytest.param(("--http-proxy=false",), "proxy <>", id="told not to, it does not"),
    ],
)
def test_buildah_and_the_proxy_of_the_machine(
    buildah: tuple[str, ...], tmp_path: Path, options: tuple[str, ...], shown: str
) -> None:
    (tmp_path / "Dockerfile").write_text(SHOW, "utf-8")
    shutil.copy(require_client("busybox"), tmp_path / "busybox")
    (tmp_path / "busybox").chmod(0o755)
    said = build_by(buildah, *options, str(tmp_path), http_proxy=SECRET)
    assert shown in said.splitlines()
