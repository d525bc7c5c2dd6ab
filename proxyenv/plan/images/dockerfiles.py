"""The lines of a Dockerfile: whole, for builders with BuildKit and without, and as a snippet."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.env_formats.docker import render_dockerfile
from proxyenv.errors import UsageError
from proxyenv.model.folder import FolderFile
from proxyenv.plan.images.environment import RUN
from proxyenv.plan.images.plugin import make_wheel
from proxyenv.plan.images.roots import ANCHORS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.plan.images.order import ImageOrder

WHOLE: Final = "Dockerfile.proxyenv"
CLASSIC: Final = "Dockerfile.classic"
SNIPPET: Final = "Dockerfile.snippet"

_FILES: Final = "files"
_PLAIN: Final = re.compile(r"[A-Za-z0-9_.:/@+-]+")
"""What a Dockerfile takes without quotes, in names of images, users and paths."""

_STORE: Final = "/etc/ssl/certs/ca-certificates.crt"
"""Where a program without variables looks in an image without a tool: Go's list begins with it."""

_BUILDAH: Final = """\
# buildah and podman give the proxy of the machine that builds, with its password, to every RUN, unasked:
# build with `--http-proxy=false`.
"""

_WHOLE: Final = """\
# Written by proxyenv: {title}. The folder is the context:
#
#     docker build --file {name} --build-arg BASE=IMAGE --tag NAME .
#
# makes an image to build upon, `FROM NAME`; with `--target {files}` one to copy from, `COPY --from=NAME`.
"""

_CLASSIC: Final = """\
# For builders that do not know `COPY --chmod`: Docker's classic one, old ones of kaniko.
"""

_SNIPPET: Final = """\
# Written by proxyenv: lines for your own Dockerfile, {title}. The folder lies in the context as
# `{folder}`. They belong behind the last FROM, before whatever connects.
"""


def render_dockerfiles(order: ImageOrder) -> Iterator[FolderFile]:
    """The three Dockerfiles.

    Raises:
        PlanError: ``value-unrepresentable`` or ``password-refused``.
        UsageError: ``usage``: a name that a Dockerfile would not take as it is.
    """
    for what in (order.base, order.user or "root", order.folder, str(order.target.layout.directory)):
        if not _PLAIN.fullmatch(what):
            hint = "use letters, digits, `-`, `_`, `.` and `/`"
            raise UsageError("usage", f"`{what}` cannot stand in a Dockerfile as it is", hint=hint)
    names = {"title": order.family.title, "files": _FILES, "folder": order.folder}
    whole = [
        _WHOLE.format(name=WHOLE, **names) + _BUILDAH,
        *_render_stages(order, chmod=True),
    ]
    yield _make(WHOLE, whole)
    classic = [
        _WHOLE.format(name=CLASSIC, **names) + _CLASSIC + _BUILDAH,
        *_render_stages(order, chmod=False),
    ]
    yield _make(CLASSIC, classic)
    snippet = [_SNIPPET.format(**names) + _BUILDAH, *_copy_files(order, f"{order.folder}/", chmod=True)]
    yield _make(SNIPPET, [*snippet, *_render_rest(order, f"{order.folder}/", chmod=True)])


def _make(name: str, lines: list[str]) -> FolderFile:
    return FolderFile(name, "".join(f"{line.rstrip()}\n" for line in lines).encode())


def _render_stages(order: ImageOrder, *, chmod: bool) -> Iterator[str]:
    directory = order.target.layout.directory
    yield f"ARG BASE={order.base}"
    yield ""
    yield f"FROM scratch AS {_FILES}"
    yield from _copy_files(order, "", chmod=chmod)
    yield ""
    yield "FROM ${BASE}"
    yield f"COPY --from={_FILES} {directory} {directory}"
    yield from _render_rest(order, "", chmod=chmod)


def _copy_files(order: ImageOrder, context: str, *, chmod: bool) -> Iterator[str]:
    """What copies the files, and sets their modes: a umask may have changed those of the folder."""
    layout = order.target.layout
    roots = (layout.bundle.name, layout.corporate.name) if order.target.anchors else ()
    java = (layout.pkcs12.name,) if order.needs_java else ()
    names = (*roots, *java, "env.sh", "env.list", "profiles.toml", make_wheel(order).file_name)
    yield f"{_copy(chmod, '0644')} {' '.join(f'{context}{name}' for name in names)} {layout.directory}/"
    yield f"{_copy(chmod, '0755')} {context}{RUN} {layout.directory}/"
    if order.target.anchors:
        yield f"{_copy(chmod, '0644')} {context}{layout.certs.name}/* {layout.certs}/"


def _render_rest(order: ImageOrder, context: str, *, chmod: bool) -> Iterator[str]:
    """The environment, the trust store, and what the image needs besides."""
    layout, known = order.target.layout, order.family.distribution
    yield render_dockerfile(order.target.exports, "linux")
    if order.user:
        yield "USER root"
    if known is None:
        yield from _render_bare_store(order, context, chmod=chmod)
        yield (
            ""
            if chmod
            else "# The modes are those of this folder: `chmod -R u=rwX,go=rX .` before the build."
        )
        return
    places = [str(layout.directory)]
    if order.target.anchors:
        yield f"{_copy(chmod, '0644')} {context}{ANCHORS}/*.crt {known.place}/"
        places.append(known.place)
    if not chmod:
        yield f"RUN chmod -R u=rwX,go=rX {' '.join(places)}"
    if order.target.anchors:
        yield f"RUN {order.family.render_store(layout)}"
    if order.flavor:
        yield from order.flavor.render(layout, make_wheel(order).file_name, context)
    if order.user:
        yield f"USER {order.user}"


def _render_bare_store(order: ImageOrder, context: str, *, chmod: bool) -> Iterator[str]:
    """Without a tool the store is one file; the bundle holds the public roots too."""
    if order.target.anchors:
        yield f"{_copy(chmod, '0644')} {context}{order.target.layout.bundle.name} {_STORE}"


def _copy(chmod: bool, mode: str) -> str:  # noqa: FBT001 - a line with it or without
    return f"COPY --chmod={mode}" if chmod else "COPY"
