"""What fetches before the first ``RUN``: a real daemon and a real client, behind a proxy with a password."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import shlex
import ssl
import subprocess
import tarfile
import threading
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, ClassVar, Final

import pytest

from proxyenv.demo.intercepting_proxy import Network, start_proxy
from proxyenv.demo.origin import make_certificates
from support.command import proxyenv
from support.docker_daemon import start_docker

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from proxyenv.demo.intercepting_proxy import InterceptingProxy

pytestmark = pytest.mark.slow

REGISTRY: Final = "registry.demo.test"
TOKENS: Final = "tokens.demo.test"
FILES: Final = "files.demo.test"
THERE: Final = "proxy.corp.test"

DOCKERFILE: Final = f"""\
FROM {REGISTRY}/lab/base:1
ADD https://{FILES}/file /file
"""

MANIFEST: Final = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG: Final = "application/vnd.docker.container.image.v1+json"
LAYER: Final = "application/vnd.docker.image.rootfs.diff.tar.gzip"


class _Registry(BaseHTTPRequestHandler):
    """A registry with one image, which wants a token, the server that gives it, and one of files."""

    protocol_version = "HTTP/1.1"
    contents: ClassVar[dict[str, tuple[str, bytes]]] = {}

    def do_GET(self) -> None:
        if self.path.startswith("/v2/") and self.headers.get("Authorization") != "Bearer let-me":
            self._answer(401, "application/json", b"{}")
        elif self.path.startswith("/token"):
            self._answer(200, "application/json", b'{"token": "let-me"}')
        elif self.path in self.contents:
            self._answer(200, *self.contents[self.path])
        else:
            self._answer(404, "text/plain", b"")

    def do_HEAD(self) -> None:
        self.do_GET()

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        if status == 401:
            realm = f'realm="https://{TOKENS}/token",service="lab",scope="repository:lab/base:pull"'
            self.send_header("WWW-Authenticate", f"Bearer {realm}")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        pass


def make_image() -> dict[str, tuple[str, bytes]]:
    """Paths of a registry that has an image of one layer, and a file beside it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("base"), io.BytesIO())
    layer = gzip.compress(buffer.getvalue())
    rootfs = {"type": "layers", "diff_ids": [digest(buffer.getvalue())]}
    machine = {"architecture": "amd64", "os": "linux"}
    config = json.dumps({**machine, "config": {}, "history": [{}], "rootfs": rootfs}).encode()
    parts = {
        "config": {"mediaType": CONFIG, "size": len(config), "digest": digest(config)},
        "layers": [{"mediaType": LAYER, "size": len(layer), "digest": digest(layer)}],
    }
    manifest = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, **parts}).encode()
    return {
        "/v2/": ("application/json", b"{}"),
        "/v2/lab/base/manifests/1": (MANIFEST, manifest),
        f"/v2/lab/base/manifests/{digest(manifest)}": (MANIFEST, manifest),
        f"/v2/lab/base/blobs/{digest(config)}": (CONFIG, config),
        f"/v2/lab/base/blobs/{digest(layer)}": (LAYER, layer),
        "/file": ("text/plain", b"added"),
    }


def digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


@dataclass(frozen=True)
class Port:
    """A folder of ``image write``, and what it is for.

    Args:
        proxy: in front of the registry.
        folder: as it was written.
        context: of a build.
        shell: the variables of a shell of the user's, which has the password.
    """

    proxy: InterceptingProxy
    folder: Path
    context: Path
    shell: Mapping[str, str]

    def read_daemon(self) -> dict[str, str]:
        """What a Docker-in-Docker gets by `--env-file`, with the folder at its place."""
        found: dict[str, str] = {}
        for line in (self.folder / "builder" / "dind.env").read_text("utf-8").splitlines():
            name, equals, value = line.partition("=")
            found[name] = value if equals else self.shell[name]
        return {name: value.replace("/etc/proxyenv", str(self.folder)) for name, value in found.items()}

    def read_client(self) -> dict[str, str]:
        """What a shell has that sourced ``client.sh``."""
        done = subprocess.run(
            ["/bin/sh", "-ec", ". builder/client.sh && env -0"],
            cwd=self.folder,
            env={"PATH": "/usr/bin:/bin", **self.shell},
            capture_output=True,
            text=True,
            check=True,
        )
        pairs = dict(line.split("=", 1) for line in done.stdout.split("\0") if line)
        return {name: pairs[name] for name in pairs if "proxy" in name.lower() or name == "SSL_CERT_FILE"}

    def seen(self, *, since: int) -> set[str]:
        """The hosts whose answers the proxy read."""
        exchanges = self.proxy.exchanges[since:]
        return {each.url.split("/")[2] for each in exchanges if each.event == "request"} & {
            REGISTRY,
            TOKENS,
            FILES,
        }


@pytest.fixture(scope="module")
def port(mitmproxy_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Port]:
    root = tmp_path_factory.mktemp("port")
    (root / "proxy").mkdir()
    (root / "context").mkdir()
    (root / "context" / "Dockerfile").write_text(DOCKERFILE, "utf-8")
    ca, chain = make_certificates(root, (REGISTRY, TOKENS, FILES))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    _Registry.contents = make_image()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Registry)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    targets = {f"{name}:443": server.server_port for name in (REGISTRY, TOKENS, FILES)}
    network = Network(targets, (443,), ca)
    with start_proxy(
        mitmproxy_python, root / "proxy", network, options=("--set", "proxyauth=ada:s3cret")
    ) as proxy:
        url = f"http://ada:s3cret@{THERE}:{proxy.port}"
        given = ("--proxy", url, "--ca", str(proxy.ca), "--build-only")
        assert proxyenv("image", "write", "folder", *given, home=root).status == 0
        local = url.replace(THERE, "127.0.0.1")  # as the name resolves there
        names = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy")
        yield Port(proxy, root / "folder", root / "context", dict.fromkeys(names, local))
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_daemon_and_the_client_fetch_through_the_proxy(port: Port) -> None:
    since = len(port.proxy.exchanges)
    with start_docker(environment=port.read_daemon()) as docker:
        replace(docker, variables=port.read_client()).build(port.context, "ported:1")
        tar = docker.save("ported:1", port.context.parent / "ported.tar").read_bytes()
        assert port.seen(since=since) == {REGISTRY, TOKENS, FILES}
        assert b"added" in tar
        assert b"s3cret" not in tar


def test_a_client_without_them_gets_no_token(port: Port) -> None:
    since = len(port.proxy.exchanges)
    with start_docker(environment=port.read_daemon()) as docker:
        lost = docker.build(port.context, "lost:2", status=None)
    assert lost.status != 0
    assert port.seen(since=since) == {REGISTRY}


def test_a_daemon_without_them_fetches_nothing(port: Port) -> None:
    since = len(port.proxy.exchanges)
    with start_docker() as docker:
        client = replace(docker, variables=port.read_client())
        lost = client.build(port.context, "lost:1", status=None)
    assert lost.status != 0
    assert port.seen(since=since) & {REGISTRY, FILES} == set()


def test_the_lines_for_a_sidecar_name_files_that_are_there(port: Port) -> None:
    readme = (port.folder / "builder" / "README.md").read_text("utf-8")
    words = shlex.split(readme.replace("`", " ").replace("'", " "))
    named = {word.strip(".,:;()") for word in words if word.startswith("builder/")}
    assert named == {"builder/create.sh", "builder/client.sh", "builder/dind.env", "builder/kaniko.env"}
    assert all((port.folder / name).exists() for name in named)
