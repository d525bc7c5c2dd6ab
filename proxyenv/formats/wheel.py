"""A wheel of pure Python (the specification "Binary distribution format"): equal sources give equal bytes."""

from __future__ import annotations

import base64
import hashlib
import io
from typing import TYPE_CHECKING, Final
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

_DATE: Final = (1980, 1, 1, 0, 0, 0)
"""The first that a zip file can hold."""
_MODE: Final = 0o100644 << 16
_UNIX: Final = 3


class Wheel(NamedTuple):
    """What a wheel holds.

    Args:
        name: of the distribution.
        version: of it.
        summary: what it is.
        requires_python: such as ``>=3.10``.
        entry_points: group → (name, module).
        modules: path below site-packages → source.
    """

    name: str
    version: str
    summary: str
    requires_python: str
    entry_points: Mapping[str, tuple[str, str]]
    modules: Mapping[str, str]

    @property
    def file_name(self) -> str:
        """As pip wants it."""
        return f"{self._stem}-py3-none-any.whl"

    @property
    def _stem(self) -> str:
        return f"{self.name.replace('-', '_')}-{self.version}"

    def render(self) -> bytes:
        """The archive. It is not compressed, since compressors differ."""
        info = f"{self._stem}.dist-info"
        files = {path: source.encode() for path, source in sorted(self.modules.items())}
        files[f"{info}/METADATA"] = self._metadata().encode()
        files[f"{info}/WHEEL"] = (
            b"Wheel-Version: 1.0\nGenerator: proxyenv\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        files[f"{info}/entry_points.txt"] = "".join(
            f"[{group}]\n{name} = {module}\n" for group, (name, module) in self.entry_points.items()
        ).encode()
        record = f"{info}/RECORD"
        lines = [f"{path},{_digest(content)},{len(content)}\n" for path, content in files.items()]
        files[record] = "".join((*lines, f"{record},,\n")).encode()
        return _pack(files)

    def _metadata(self) -> str:
        fields = {
            "Metadata-Version": "2.1",
            "Name": self.name,
            "Version": self.version,
            "Summary": self.summary,
            "Requires-Python": self.requires_python,
        }
        return "".join(f"{name}: {value}\n" for name, value in fields.items())


def _pack(files: Mapping[str, bytes]) -> bytes:
    archive = io.BytesIO()
    with ZipFile(archive, "w", ZIP_STORED) as pack:
        for path, content in files.items():
            entry = ZipInfo(path, _DATE)
            entry.external_attr = _MODE
            entry.create_system = _UNIX
            pack.writestr(entry, content)
    return archive.getvalue()


def _digest(content: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest())
    return f"sha256={digest.rstrip(b'=').decode('ascii')}"
