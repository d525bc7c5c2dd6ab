"""Homes in which an earlier version of proxyenv set something up, made again from a recording.

A recording is a JSON file of ``tests/contract/installations``, written by :mod:`support.record`. It
holds the files of a home with the home's own path as ``{home}``. Certificates are not in it, nor the texts
that only proxyenv reads and writes: a receipt names these by their digest alone, so others stand in for
them, and the receipt gets their digests. The home gets a path of the recorded length, since a receipt
counts characters.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives.serialization import Encoding

from support.certificates import make_ca
from support.tree import snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping

    from support.tree import Node

LENGTH: Final = 200
"""Of the path of a recorded home, in characters."""

PLACE: Final = "{home}"
"""What stands in a recording for the home's path."""

RECORDINGS: Final = Path(__file__).parents[1] / "contract/installations"

RECEIPTS: Final = (".local/state/proxyenv/receipt.json", "opt/proxyenv/receipt.json")
CA: Final = "corp.pem"


@dataclass(frozen=True)
class Recording:
    """One recorded home.

    Args:
        again: what brings the home up to date: `refresh`, or `setup` after a run that was killed.
        installed: the home after that, by path from there.
        uninstalled: the home after the earlier version's `uninstall`, also after `again`.
        values: what the receipt's SHA-256 of a value stands for.
    """

    again: tuple[str, ...]
    installed: Mapping[str, Any]
    uninstalled: Mapping[str, Any]
    values: Mapping[str, str]


def load_recording(name: str) -> Recording:
    return Recording(**json.loads((RECORDINGS / f"{name}.json").read_text("utf-8")))


def make_home(parent: Path) -> Path:
    """A directory of its own with a path of :data:`LENGTH` characters."""
    missing = LENGTH - len(str(parent)) - 1
    assert missing > 0, f"`{parent}` is too long a path for a recorded home"
    home = parent / ("h" * missing)
    home.mkdir(0o755)
    return home


def restore_home(recording: Recording, home: Path) -> dict[str, Node]:
    """Write the files as the earlier version left them.

    Returns:
        What there is of the user's beside: the certificate that `setup` was given.
    """
    ca = make_ca("Corp")
    (home / CA).write_bytes(ca.pem)
    (home / CA).chmod(0o644)
    digests = {old: _digest(_filled(text, home)) for old, text in recording.values.items()}
    trees: dict[str, dict[str, tuple[int, bytes]]] = {}
    for name, node in recording.installed.items():
        content = _content(node, home, ca.pem)
        _write(home / name, node, content)
        if "digest" in node and content is not None:
            digests[node["digest"]] = hashlib.sha256(content).hexdigest()
        if "tree" in node:
            trees[name] = {
                "0a1b2c3d.0": (0o644, ca.certificate.public_bytes(Encoding.PEM)),
                "11223344.0": (0o644, b"stands in for a root\n"),
            }
            for inner, (mode, data) in trees[name].items():
                (home / name / inner).write_bytes(data)
                (home / name / inner).chmod(mode)
            digests[node["tree"]] = hashlib.sha256(_packed(trees[name])).hexdigest()
    for name in RECEIPTS:
        if (home / name).exists():
            text = (home / name).read_text("utf-8")
            for old, new in digests.items():
                text = text.replace(old, new)
            (home / name).write_text(_current(text, ca.fingerprint, ca.certificate), "utf-8")
    return {CA: snapshot(home)[CA]}


def expected_home(nodes: Mapping[str, Any], home: Path, more: Mapping[str, Node]) -> dict[str, Node]:
    """What :func:`support.tree.snapshot` gives for a recorded home."""
    made = {name: (int(node["mode"], 8), _seen(node, home)) for name, node in nodes.items()}
    return dict(sorted({**made, **more}.items()))


def _seen(node: Mapping[str, Any], home: Path) -> bytes | str | None:
    if "link" in node:
        return str(node["link"])
    return _content(node, home, b"")


def _content(node: Mapping[str, Any], home: Path, pem: bytes) -> bytes | None:
    """The bytes of a recorded file; ``None`` for a directory or a link."""
    if "text" in node:
        return _filled(node["text"], home).encode()
    if "latin_1" in node:
        return _filled(str(node["latin_1"]), home).encode("latin-1")
    if "receipt" in node:
        return _filled(json.dumps(node["receipt"], indent=2, sort_keys=True), home).encode() + b"\n"
    if "stand_in" in node:
        return b"# " + str(node["stand_in"]).encode() + b"\n" + pem
    return None


def _write(path: Path, node: Mapping[str, Any], content: bytes | None) -> None:
    if "link" in node:
        path.symlink_to(node["link"])
        return
    if content is None:
        path.mkdir(exist_ok=True)
    else:
        path.write_bytes(content)
    path.chmod(int(node["mode"], 8))


def _packed(files: Mapping[str, tuple[int, bytes]]) -> bytes:
    """A directory as the digest of a receipt is made from: mode, size, name and content of each file."""
    return b"".join(
        b"%04o %d %s\n%s" % (mode, len(data), name.encode(), data)
        for name, (mode, data) in sorted(files.items())
    )


def _current(text: str, fingerprint: str, certificate: Any) -> str:
    """The receipt with the CA of this test and the certifi of this environment."""
    receipt = json.loads(text)
    level = receipt
    while level is not None:
        if level["anchors"]:
            until = certificate.not_valid_after_utc.isoformat()
            level["anchors"] = [{"fingerprint": fingerprint, "subject": "CN=Corp", "not_after": until}]
            level["certifi"] = metadata.version("certifi")
        level = level["previous"]
    return json.dumps(receipt, indent=2, sort_keys=True) + "\n"


def _filled(text: str, home: Path) -> str:
    return text.replace(PLACE, str(home))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
