"""The roots in every form that a program in an image reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.certificates.bundle import render_pem
from proxyenv.model.change import unpack_tree
from proxyenv.model.folder import FolderFile
from proxyenv.model.store import StoredCertificate
from proxyenv.plan.roots import render_root_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.plan.images.order import ImageOrder

ANCHORS: Final = "anchors"
"""The directory with a file for each corporate CA: of several in one file, stores take the first."""


def render_roots(order: ImageOrder) -> Iterator[FolderFile]:
    """The bundle, the corporate CAs together and one by one, and the directory by hash; for Java a store."""
    target = order.target
    layout = target.layout
    for each in render_root_files(layout, target.anchors, target.public_roots, target.roots_title):
        name = each.path.relative_to(layout.directory).as_posix()
        if each.is_tree:
            leaves = unpack_tree(each.content)
            yield from (FolderFile(f"{name}/{leaf.name}", leaf.content, leaf.mode) for leaf in leaves)
        elif each.path != layout.pkcs12 or order.needs_java:
            yield FolderFile(name, each.content)
    for anchor in target.anchors:
        pem = render_pem(anchor.der)
        alias = StoredCertificate(anchor.fingerprint, pem.decode("ascii")).alias
        yield FolderFile(f"{ANCHORS}/{alias}.crt", pem)
