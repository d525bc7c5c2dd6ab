"""What `image scan` makes of the texts and files of an image, which somebody else has built."""

from __future__ import annotations

import gzip
import tarfile
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from proxyenv.decide.images.config_rules import find_secret
from proxyenv.decide.images.judgement import find_switches
from proxyenv.decide.images.secrets import Known, SecretSearch
from proxyenv.decide.images.settings_files import find_secret_settings
from proxyenv.errors import DiscoveryError
from proxyenv.machine.images.entries import read_tar
from proxyenv.machine.images.layer import LayerReader, Room
from proxyenv.machine.images.reader import Allowance, unpack
from support.fuzz_settings import as_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

IMAGE_TEXT: Final = (
    b"RUN |1 A=b /bin/sh -c curl -k -u ada:x https://a:b@c.test && wget --no-check-certificate d; TOKEN=e",
    b"java -Dhttp.proxyPassword=f -H 'Authorization: Basic YTpi' http%3a%2f%2fa%3ab%40c",
)
IMAGE_FILE: Final = (
    b"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,AB\n\nMIIE\n",
    b"machine a login b password c\n  token = 'd'\nproxy: a:b@c\n<password>e</password>\nexport TOKEN=f\n",
)
IMAGE_WORDS: Final = (
    b"curl ",
    b"wget ",
    b" -k",
    b" -u a:",
    b"://a:",
    b"%3a",
    b"%2f%2f",
    b"%40",
    b"-----BEGIN ",
    b"PRIVATE KEY",
    b"-----\n",
    b"a: b ",
    b"a: b\n",
    b"uthorization: basic ",
    b"password ",
    b"token=",
    b"localhost/",
)
_FILES: Final = (
    ".netrc",
    ".npmrc",
    ".pypirc",
    ".cargo/config",
    ".curlrc",
    ".wgetrc",
    "gradle.properties",
    "settings.xml",
    "profiles.toml",
    ".aws/config",
    "pip.conf",
    ".gitconfig",
    ".git-credentials",
    ".env",
)


def _craft(flag: bytes, content: bytes = b"", target: str = "") -> bytes:
    entry = tarfile.TarInfo("etc/.netrc")
    entry.type, entry.size, entry.linkname = flag, len(content), target
    return entry.tobuf(tarfile.GNU_FORMAT) + content + bytes(-len(content) % 512)


_MAP: Final = b"22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n"
LAYER: Final = (
    _craft(b"0", b"password a\n") + _craft(b"L", b"a/b\0") + _craft(b"1", target="etc/.netrc"),
    _craft(b"x", _MAP) + _craft(b"0", b"1\n0\n1\n".ljust(512, b"\0") + b"a"),
)
LAYER_WORDS: Final = (
    *map(_craft, (b"0", b"1", b"2", b"5", b"S", b"g", b"x")),
    _craft(b"x", b"10 path=b\n"),
    _craft(b"g", b"10 path=b\n"),
    _craft(b"K", b"a/" * 100),
    _craft(b"x", b"1" * 512),
    _craft(b"S")[:482] + b"\1" + bytes(29) + (bytes(504) + b"\1" + bytes(7)) * 3,
    gzip.compress(b""),
    bytes(512),
)


def read_image_layer(data: bytes) -> Iterator[str]:
    """The tar of a layer: as it is, with the checksums of headers, and compressed."""
    signed = _sign_all(_cut(data))
    yield "checksums"
    with suppress(DiscoveryError):
        _read_layer(data)
    yield "as it is"
    with suppress(DiscoveryError):
        _read_layer(gzip.compress(signed, 1))
    yield "compressed"
    _read_layer(signed)
    yield "with checksums"
    _read_layer(_sign_all(map(_enlarge, _cut(data))))
    yield "with numbers of any size"


def _cut(data: bytes) -> Iterator[bytes]:
    return (data[start : start + 512] for start in range(0, len(data), 512))


def _sign_all(blocks: Iterable[bytes]) -> bytes:
    return b"".join(map(_sign, blocks))


def _enlarge(block: bytes) -> bytes:
    """The same, with mode, owner and group in base 256: the highest bit says so."""
    if not any(block):
        return block
    numbers = (bytes((block[start] | 0x80,)) + block[start + 1 : start + 8] for start in (100, 108, 116))
    return block[:100] + b"".join(numbers) + block[124:] if len(block) == 512 else block


def _sign(block: bytes) -> bytes:
    rest = block[:148] + b" " * 8 + block[156:]
    return block[:148] + b"%06o\0 " % sum(rest) + block[156:] if any(block) else block


def _read_layer(data: bytes) -> None:
    allowance = Allowance("x")
    reader = LayerReader("x", Known(), Room(), allowance)
    reader.read(read_tar(unpack(iter((data,)), "x", allowance), "x", reader.ignore))


def read_image_text(data: bytes) -> Iterator[str]:
    """A step of the build, a variable or a label."""
    text = as_text(data)
    find_secret(text, Known())
    yield "secrets"
    tuple(find_switches(text))
    yield "switches"


def read_image_file(data: bytes) -> Iterator[str]:
    """A file of a layer, under the names of those that hold secrets."""
    for is_code in (False, True):
        SecretSearch(Known(), is_code=is_code).feed(data)
        yield f"search, is_code={is_code}"
    for path in _FILES:
        find_secret_settings(path, data)
        yield path
