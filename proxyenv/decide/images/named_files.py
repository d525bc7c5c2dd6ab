"""The CA files that the variables of an image name, and its trust store: is it there, and who can read it."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.catalog.clients.client import Role
from proxyenv.catalog.clients.table import MORE_ROOTS, VARIABLES, roots_variables
from proxyenv.catalog.stores.linux import BUNDLES
from proxyenv.certificates.hash_directory import HASHED
from proxyenv.decide.images.evidence import locate
from proxyenv.errors import DiscoveryError
from proxyenv.model.image import ImageFind
from proxyenv.model.place import EVERYWHERE, PlaceLayout
from proxyenv.model.url import show_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.decide.images.evidence import ImageEvidence
    from proxyenv.decide.images.tree import ImageTree

BUNDLE: Final = PlaceLayout(PurePosixPath(EVERYWHERE)).bundle.as_posix()
"""Where `image write` puts the bundle."""

STORE_BUNDLES: Final = tuple(path.as_posix().lstrip("/") for path in BUNDLES)
"""Where distributions keep the whole store as one file."""

_DIRECTORY: Final = "SSL_CERT_DIR"
_STORE_DIRECTORIES: Final = ("etc/ssl/certs", "etc/pki/tls/certs")
_COVERING: Final = frozenset(
    {"/etc/ssl", "/etc/ssl/certs", "/etc/pki", "/etc/pki/tls", "/etc/pki/tls/certs", "/etc/pki/ca-trust"}
)
_TOOLS: Final = ("usr/sbin/update-ca-certificates", "usr/bin/update-ca-trust", "sbin/update-ca-certificates")
_JAVA: Final = re.compile(r"-Djavax\.net\.ssl\.trustStore=(\S+)")
_OPENSSL: Final = re.compile(r"(^|/)(bin/(python3[\d.]*|openssl|ruby|perl)|libssl\.so[.\d]*)$")
_CERTIFICATE: Final = (".pem", ".crt", ".cer")
_MOST_NAMED: Final = 64
"""Files that variables name, and directories. There are some twenty variables for CA files."""


class NamedFile(NamedTuple):
    """A CA file that a variable names.

    Args:
        variable: its name.
        path: with a leading slash.
        replaces: whether it takes the place of the client's own roots.
    """

    variable: str
    path: str
    replaces: bool


def find_named(evidence: ImageEvidence) -> tuple[NamedFile, ...]:
    """The CA files that the variables name, in the order of the clients.

    Raises:
        DiscoveryError: ``image-unreadable``: they are more than any image names.
    """
    roles = dict(roots_variables())
    own = (name for keys in VARIABLES.values() for name in keys.roots)
    names = dict.fromkeys((*roles, *own, *MORE_ROOTS))
    environment = evidence.config.environment
    found = [
        NamedFile(name, value, roles.get(name, Role.REPLACES_ROOTS) is Role.REPLACES_ROOTS)
        for name in names
        if name != _DIRECTORY and (value := environment.get(name, "")).startswith("/")
    ]
    for name, value in environment.items():
        found += [
            NamedFile(name, each[1], replaces=False) for each in _JAVA.finditer(value) if each[1][0] == "/"
        ]
    named = tuple(dict.fromkeys(found))
    _require_few(named, "CA files")
    return named


def find_directories(evidence: ImageEvidence) -> tuple[str, ...]:
    """The directories that ``SSL_CERT_DIR`` names, with a leading slash; each once, however it is written.

    Raises:
        DiscoveryError: ``image-unreadable``: they are more than any image names.
    """
    value = evidence.config.environment.get(_DIRECTORY, "")
    directories: dict[tuple[str, ...], str] = {}
    for each in value.split(":"):
        if each.startswith("/"):
            parts = tuple(part for part in each.split("/") if part not in {"", "."})
            directories.setdefault(parts, each)
    named = tuple(directories.values())
    _require_few(named, f"directories in `{_DIRECTORY}`")
    return named


def _require_few(named: tuple[object, ...], what: str) -> None:
    """Each is looked up in every layer: their number has a limit."""
    if len(named) > _MOST_NAMED:
        message = f"the image names more than {_MOST_NAMED} {what}: no image has so many"
        raise DiscoveryError("image-unreadable", message)


def find_store_bundle(tree: ImageTree) -> str | None:
    """The path of the trust store as one file, without a leading slash."""
    return next((path for path in STORE_BUNDLES if tree.follow(path).node is not None), None)


def judge_named_files(evidence: ImageEvidence) -> Iterator[ImageFind]:
    """Files that are missing or closed, a store that is, is covered, or has no names for OpenSSL."""
    tree = evidence.tree
    named = [(each.variable, each.path) for each in find_named(evidence)]
    for variable, path in (*named, *((_DIRECTORY, each) for each in find_directories(evidence))):
        if tree.follow(path).node is None:
            if tree.is_whole:
                detail = f"`{variable}` names `{show_path(path)}`, which is not there"
                yield ImageFind("image-file-missing", "config.Env", detail, render_copy(path))
        elif reason := _find_closed(evidence, path):
            detail = f"`{variable}` names `{show_path(path)}`, which {reason}"
            avoid = render_copy(path)
            if f"`{path}`" not in reason:  # a directory is closed, and that is not the file's affair
                avoid = f"{render_copy(BUNDLE)} and `ENV {variable}={BUNDLE}`"
            yield ImageFind("image-file-unreadable", "config.Env", detail, avoid)
    for each in evidence.conflicts:
        if each.cause == "ca-file-missing" and (place := locate(each)):  # variables are judged above
            named_file = re.search(r"`(/[^`]+)`", each.detail)
            avoid = render_copy(named_file[1] if named_file else BUNDLE)
            yield ImageFind("image-file-missing", place[0], each.detail, avoid, line=place[1])
    yield from _judge_store(evidence)
    yield from _judge_cover(evidence)
    yield from _judge_hashes(evidence)


def render_copy(path: str) -> str:
    """The line that brings a CA file to a path, where every user can read it; what is no path is not said."""
    shown = path if show_path(path) == path else BUNDLE
    return f"`COPY --chmod=0644 {shown.rpartition('/')[2]} {shown}`"


def _find_closed(evidence: ImageEvidence, path: str) -> str | None:
    user = evidence.user
    reason = evidence.tree.find_unreadable(path, user) if user else None
    return f"`{user.name}` cannot read: {reason}" if user and reason else None


def _judge_store(evidence: ImageEvidence) -> Iterator[ImageFind]:
    """What of the store the user cannot read, and hashed links that lead nowhere."""
    tree = evidence.tree
    bundle = find_store_bundle(tree)
    if bundle and (reason := _find_closed(evidence, bundle)):
        avoid = f"`RUN chmod 0644 /{bundle}`"
        yield ImageFind("image-store-unreadable", f"/{bundle}", f"the store, which {reason}", avoid)
    told: set[str] = set()
    for place, _ in _find_places(evidence, (*_STORE_DIRECTORIES, *find_directories(evidence))):
        for name in tree.children(place):
            if not HASHED.fullmatch(name):
                continue
            path = f"{place}/{name}"
            target = tree.follow(path)
            reason = (
                _find_closed(evidence, path) if target.node else "leads to nothing" if tree.is_whole else None
            )
            if reason and target.path not in told:
                told.add(target.path)
                detail = (
                    f"OpenSSL looks for it here, and `/{target.path}` {reason}"
                    if target.node
                    else (f"it is a link to `/{target.path}`, which is not there")
                )
                yield ImageFind("image-store-unreadable", f"/{path}", detail, render_copy(f"/{target.path}"))


def _judge_cover(evidence: ImageEvidence) -> Iterator[ImageFind]:
    for volume in evidence.config.volumes:
        if f"/{volume.strip('/')}" in _COVERING:
            detail = f"the volume `{volume}` covers the trust store"
            yield ImageFind("image-store-covered", "config.Volumes", detail, f"no line `VOLUME {volume}`")
    tree = evidence.tree
    tool = next((each for each in _TOOLS if tree.follow(each).node is not None), None)
    if tool and find_store_bundle(tree) is None and tree.is_whole:
        detail = f"the store's bundle is gone, though `/{tool}` is there"
        command = "update-ca-trust extract" if tool.endswith("trust") else "update-ca-certificates"
        avoid = f"`RUN mkdir -p /etc/ssl/certs && {command}` after what takes it away"
        yield ImageFind("image-store-covered", "/etc/ssl/certs", detail, avoid)
    for number, layer in enumerate(tree.layers):
        if number and not layer.opaque.isdisjoint(_STORE_DIRECTORIES):
            detail = "this layer takes the place of the whole directory"
            avoid = "`COPY` of single files, and no `COPY` over `/etc/ssl/certs`"
            yield ImageFind("image-store-covered", "/etc/ssl/certs", detail, avoid, number + 1)


def _judge_hashes(evidence: ImageEvidence) -> Iterator[ImageFind]:
    tree = evidence.tree
    directories = find_directories(evidence)
    defaults: tuple[str, ...] = ("/etc/ssl/certs",)
    if directories or "SSL_CERT_FILE" in evidence.config.environment or not _has_openssl(tree):
        defaults = ()
    for place, directory in _find_places(evidence, (*directories, *defaults)):
        names = tree.children(place)
        if any(name.endswith(_CERTIFICATE) for name in names) and not any(map(HASHED.fullmatch, names)):
            detail = "OpenSSL looks for names such as `1a2b3c4d.0` here, and there are none"
            avoid = f"`RUN openssl rehash {directory}`"
            yield ImageFind("image-store-unhashed", directory, detail, avoid)


def _find_places(evidence: ImageEvidence, directories: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Where directories lead, without a leading slash, and how each is named first; only those that exist."""
    places: dict[str, str] = {}
    for each in directories:
        place = evidence.tree.follow(each)
        if place.node is not None:
            places.setdefault(place.path, each)
    yield from places.items()


def _has_openssl(tree: ImageTree) -> bool:
    return any(_OPENSSL.search(path) for layer in tree.layers for path in layer.nodes)
