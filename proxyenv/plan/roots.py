"""The files that hold the roots, wherever they lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.certificates.bundle import merge, render_bundle
from proxyenv.certificates.hash_directory import render_hash_directory
from proxyenv.certificates.pkcs12 import render_pkcs12
from proxyenv.model.change import pack_tree
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePath

    from proxyenv.model.certificate import Certificate
    from proxyenv.model.place import RootFiles


class RootFile(NamedTuple):
    """One form of the roots.

    Args:
        path: where it lies.
        content: every byte; of a directory, packed.
        is_tree: whether it is a directory.
    """

    path: PurePath
    content: bytes
    is_tree: bool = False


def render_root_files(
    files: RootFiles, anchors: tuple[Certificate, ...], public_roots: tuple[Certificate, ...], title: str
) -> Iterator[RootFile]:
    """The roots, in every form that some client reads; nothing without a corporate CA.

    Args:
        files: where they lie.
        anchors: the corporate CAs.
        public_roots: those that the bundle starts from.
        title: where those are from.
    """
    if not anchors:
        return
    merged = merge(public_roots, anchors)
    both = f"public roots ({title}) and corporate CAs"
    yield RootFile(files.bundle, render_bundle(merged, title=both))
    yield RootFile(files.corporate, render_bundle(anchors, title="corporate CAs"))
    yield RootFile(files.certs, pack_tree(render_hash_directory(merged)), is_tree=True)
    yield RootFile(files.pkcs12, render_pkcs12(merged))
