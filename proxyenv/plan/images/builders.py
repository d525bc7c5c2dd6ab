"""What fetches before the first `RUN`: the builder and the client, for `FROM`, `ADD https://` and tokens.

They know nothing of the image that they build. Each has a proxy and a trust store of its own. Docker's daemon
and client were driven with these variables; sources for the others: the documentation of buildx, BuildKit and
kaniko, which did not run here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.clients.table import PROXY_VARIABLES
from proxyenv.catalog.shells.posix import quote
from proxyenv.model.folder import PROGRAM, PUBLIC, FolderFile
from proxyenv.model.target import Variable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from proxyenv.plan.images.order import ImageOrder

FOLDER: Final = "builder"
_CODE: Final = "builder-fetch"
EXPLAIN: Final = f"proxyenv explain {_CODE}"

_NAMES: Final = tuple(name for names in PROXY_VARIABLES.values() for name in names)
_SIDECAR: Final = "docker"
"""What a job calls the Docker-in-Docker beside it."""

_THERE: Final = "/etc/proxyenv"
"""Where the folder is mounted into a sidecar."""

_README: Final = """\
# Before the first RUN

`FROM`, `ADD https://` and the token of a registry are fetched by the builder or by the client, before any
line of an image counts. A failure there (`x509: certificate signed by unknown authority`, `i/o timeout`,
`407`) is about them: `{explain}`.

- **Docker's daemon with its own builder** fetches `FROM` and `ADD`, with the environment of its service and
  the machine's trust store: `proxyenv trust install`, a drop-in for the proxy, a restart.
- **A builder of buildx** does the same in a container. `builder/create.sh` makes one that has the proxy and
  the CAs: `docker buildx build --builder proxyenv ...`.
- **The client** (`docker`, `buildx`) fetches tokens: `. builder/client.sh` in this folder, or a shell that
  proxyenv has set up.
- **Docker-in-Docker beside a job**: `docker run --privileged --env-file builder/dind.env
  --volume "$PWD:{there}:ro" docker:dind`, or the same as variables and a volume of the CI's service.
- **kaniko** fetches all, with a store of its own: `--env-file builder/kaniko.env
  --volume "$PWD/corporate-ca.pem:/kaniko/ssl/certs/additional-ca-cert-bundle.crt:ro"`.

The variables of a daemon and of a client are run by proxyenv's tests; buildx and kaniko are not. A proxy's
password is in no file here: it comes from `HTTPS_PROXY` and `HTTP_PROXY`, in both cases, of the shell that
starts the builder; `docker inspect` shows it afterwards.
"""

_TOML: Final = """\
# Written by proxyenv, for `docker buildx create --buildkitd-config`, which copies the CA into the builder.
# The CAs are in the image of `create.sh` too; a registry that has a CA of its own gets a table such as this.
[registry."registry.corp.example"]
  ca = ["../corporate-ca.pem"]
"""

_IMAGE: Final = """\
# Written by proxyenv: BuildKit with the roots of this folder, which is the context.
ARG BUILDKIT=moby/buildkit:buildx-stable-1
FROM ${BUILDKIT}
COPY ca-bundle.pem /etc/ssl/certs/ca-certificates.crt
"""

_CREATE: Final = """\
#!/bin/sh
# Written by proxyenv: makes the builder `proxyenv`, which fetches through the proxy.
#
#     builder/create.sh && docker buildx build --builder proxyenv .
set -eu
cd "$(dirname "$0")"
"""

_CLIENT: Final = """\
# Written by proxyenv: for the shell that runs `docker`; to be sourced in the folder.
"""


def render_builders(order: ImageOrder) -> Iterator[FolderFile]:
    """The folder ``builder``: what each kind of builder takes, and who fetches what."""
    yield _make("README.md", _README.format(explain=EXPLAIN, there=_THERE))
    roots: tuple[Variable, ...] = ()
    if order.target.anchors:
        yield _make("buildkitd.toml", _TOML)
        yield _make("Dockerfile", _IMAGE)
        roots = (Variable("SSL_CERT_FILE", f"{_THERE}/{order.target.layout.bundle.name}"),)
    yield _make("create.sh", "".join(_render_create(order)), PROGRAM)
    yield _make("client.sh", "".join(_render_client(order)))
    yield _make("dind.env", "".join(_render_list((*_list_proxies(order), *roots))))
    yield _make("kaniko.env", "".join(_render_list(_list_proxies(order))))


def _make(name: str, text: str, mode: int = PUBLIC) -> FolderFile:
    return FolderFile(f"{FOLDER}/{name}", text.encode(), mode)


def _list_proxies(order: ImageOrder) -> Iterator[Variable]:
    """The variables of the proxy; a job reaches the Docker beside it directly."""
    for each in order.target.variables:
        if each.name in PROXY_VARIABLES["no"]:
            yield each._replace(value=f"{each.value},{_SIDECAR}")
        elif each.name in _NAMES and each.value is not None:
            yield each


def _render_create(order: ImageOrder) -> Iterator[str]:
    yield _CREATE
    options = []
    if order.target.anchors:
        yield "docker build --file Dockerfile --tag proxyenv-buildkit ..\n"
        options = ["--buildkitd-config buildkitd.toml", "--driver-opt image=proxyenv-buildkit"]
    for each in _list_proxies(order):
        if each.sensitive:  # the shell that runs it has the URL
            options.append(f'--driver-opt "env.{each.name}=${{{each.name}:?}}"')
        else:
            options.append(f"--driver-opt {quote(_as_field(f'env.{each.name}={each.value}'))}")
    lines = ("docker buildx create --name proxyenv --driver docker-container", *options)
    yield " \\\n    ".join(lines) + "\n"


def _as_field(text: str) -> str:
    """One field of the comma-separated list that the option takes."""
    doubled = text.replace('"', '""')
    return f'"{doubled}"' if {",", '"'} & set(text) else text


def _render_client(order: ImageOrder) -> Iterator[str]:
    yield _CLIENT
    for each in _list_proxies(order):
        if not each.sensitive:
            yield f"export {each.name}={quote(each.value or '')}\n"
        else:
            yield f': "${{{each.name}:?it holds the proxy, with its password}}"\n'
    if order.target.anchors:
        yield f'export SSL_CERT_FILE="$PWD/{order.target.layout.bundle.name}"\n'


def _render_list(variables: Iterable[Variable]) -> Iterator[str]:
    """For `--env-file`: a name alone is taken from the shell."""
    for each in variables:
        yield f"{each.name}\n" if each.sensitive else f"{each.name}={each.value}\n"
