"""Archives of images, made from dictionaries: as ``docker save`` writes them, and as OCI layouts."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import sys
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Form = Literal["docker", "oci", "docker 25"]
Packing = Literal["none", "gzip", "zstd"]

_KINDS: Final = {
    "file": tarfile.REGTYPE,
    "directory": tarfile.DIRTYPE,
    "link": tarfile.SYMTYPE,
    "hard link": tarfile.LNKTYPE,
}


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a layer.

    Args:
        content: of a file.
        mode: the permissions.
        uid: the owner.
        gid: the group.
        kind: what it is.
        target: of a link.
    """

    content: bytes | str = b""
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    kind: Literal["file", "directory", "link", "hard link"] = "file"
    target: str = ""


Layer = dict[str, Item | bytes | str]


def link(target: str) -> Item:
    """A symlink."""
    return Item(kind="link", target=target, mode=0o777)


def directory(mode: int = 0o755) -> Item:
    """A directory."""
    return Item(kind="directory", mode=mode)


def render_layer(files: Mapping[str, Item | bytes | str]) -> bytes:
    """The tar of a layer."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, value in files.items():
            item = value if isinstance(value, Item) else Item(value)
            content = item.content.encode() if isinstance(item.content, str) else item.content
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode, entry.uid, entry.gid = _KINDS[item.kind], item.mode, item.uid, item.gid
            entry.linkname = item.target
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def pack(data: bytes, packing: Packing) -> bytes:
    """Compress, or not."""
    if packing == "gzip":
        return gzip.compress(data, 1)
    if packing == "zstd":
        name = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
        zstd = pytest.importorskip(name, reason="the environment is older than the lock: no zstd")
        compressed: bytes = zstd.compress(data)
        return compressed
    return data


def make_archive(
    *layers: Mapping[str, Item | bytes | str],
    config: Mapping[str, Any] | None = None,
    history: tuple[str, ...] = (),
    form: Form = "docker",
    packing: Packing = "none",
    tag: str = "leak:tests",
) -> bytes:
    """An archive with one image.

    Args:
        layers: the lowest first.
        config: what stands under ``config`` in its configuration.
        history: the steps; those beyond the layers made none.
        form: how the archive is laid out.
        packing: how its layers are compressed.
        tag: its name.
    """
    steps = [
        {"created_by": step, **({} if number < len(layers) else {"empty_layer": True})}
        for number, step in enumerate(history)
    ]
    document = json.dumps({"os": "linux", "config": dict(config or {}), "history": steps}).encode()
    packed = [pack(render_layer(layer), packing) for layer in layers]
    if form == "docker":
        return render_layer(_lay_out_docker(document, packed, tag))
    blobs = _lay_out_oci(document, packed, tag)
    if form == "docker 25":
        names = [f"blobs/sha256/{_digest(each)}" for each in packed]
        entry = {"Config": f"blobs/sha256/{_digest(document)}", "RepoTags": [tag], "Layers": names}
        blobs["manifest.json"] = json.dumps([entry])
    return render_layer(blobs)


def write_oci_layout(root: Path, archive: bytes) -> Path:
    """An OCI layout as a directory, from its archive."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(root, filter="data")
    return root


def _lay_out_docker(document: bytes, packed: list[bytes], tag: str) -> Layer:
    names = [f"{_digest(each)}-{number}/layer.tar" for number, each in enumerate(packed)]
    files: Layer = dict(zip(names, packed, strict=True))
    first: dict[bytes, str] = {}
    for name, content in zip(names, packed, strict=True):
        if content in first:  # as Docker does
            files[name] = link(f"../{first[content]}")
        first.setdefault(content, name)
    files["config.json"] = document
    files["manifest.json"] = json.dumps([{"Config": "config.json", "RepoTags": [tag], "Layers": names}])
    return files


def _lay_out_oci(document: bytes, packed: list[bytes], tag: str) -> Layer:
    manifest = json.dumps(
        {"schemaVersion": 2, "config": _describe(document), "layers": [_describe(each) for each in packed]}
    ).encode()
    statement = json.dumps({"_type": "https://in-toto.io/Statement/v0.1", "subject": []}).encode()
    attested = json.dumps({"config": _describe(b"{}"), "layers": [_describe(statement)]}).encode()
    note = {"annotations": {"vnd.docker.reference.type": "attestation-manifest"}}
    inner = json.dumps({"manifests": [_describe(manifest), _describe(attested) | note]}).encode()
    outer = _describe(inner) | {"annotations": {"org.opencontainers.image.ref.name": tag}}
    blobs = (document, manifest, attested, statement, inner, *packed)
    return {
        "oci-layout": '{"imageLayoutVersion": "1.0.0"}',
        "index.json": json.dumps({"schemaVersion": 2, "manifests": [outer]}),
        **{f"blobs/sha256/{_digest(each)}": each for each in blobs},
    }


def _describe(blob: bytes) -> dict[str, Any]:
    return {"digest": f"sha256:{_digest(blob)}", "size": len(blob)}


def _digest(blob: bytes) -> str:
    return hashlib.sha256(blob).hexdigest()
