"""Files of CAs: how every one is read, and the CAs that variables of the environment name.

A file that was merely found refuses nothing; what is wrong with it is a rejection. What the user named is
read in :mod:`proxyenv.machine.ca_sources`, by the same functions.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.bounded import add_sizes, list_directory, read_content, resolve_path
from proxyenv.catalog.clients.table import all_roots_variables, is_about_network
from proxyenv.certificates.anchors import Anchors, sift, summarise
from proxyenv.certificates.certificate import CertificateFile, parse_content
from proxyenv.certificates.hash_directory import HASHED, hash_subject
from proxyenv.certificates.pem import PrivateKeyError
from proxyenv.errors import DiscoveryError, TrustError
from proxyenv.machine.content import render_reason
from proxyenv.machine.roots import SHIPPED, find_known, find_misspelling
from proxyenv.model.certificate import LeftOut
from proxyenv.model.findings import Found, Rejection
from proxyenv.model.host import find_local_path
from proxyenv.model.url import show_path
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from proxyenv.certificates.anchors import KnownRoots
    from proxyenv.certificates.container import Opening
    from proxyenv.model.certificate import Certificate
    from proxyenv.model.host import Host

VARIABLES: Final = all_roots_variables()
"""The variables that may name trust anchors."""

LISTS: Final = frozenset({"SSL_CERT_DIR"})
"""Variables that hold several paths, separated as in ``PATH``."""

_SUFFIXES: Final = frozenset(
    {".pem", ".crt", ".cer", ".der", ".p7b", ".p7c", ".p12", ".pfx", ".mobileconfig"}
)
_MOST_FILES: Final = 10_000
"""Of a directory. The largest stores have some hundred."""

LARGEST: Final = 16 * 1024 * 1024
"""Of a CA input, in bytes: a file, or all files of a directory. All public roots there are make 250 kB."""

_MITMPROXY: Final = ".mitmproxy/mitmproxy-ca-cert.pem"


class _Place(NamedTuple):
    """Files that were named together, and what named them, maybe by a URL."""

    provenance: str
    path: Path
    by_url: bool = False


def find_anchors(
    *,
    host: Host,
    public_roots: tuple[Certificate, ...],
    now: datetime,
    shipped: tuple[Path, ...] = SHIPPED,
) -> tuple[tuple[Found[Certificate], ...], tuple[Rejection, ...]]:
    """The CAs that variables of the environment name and certifi lacks, and mitmproxy's own.

    A system bundle also holds public roots that certifi does not have, or no longer: distrusted ones
    among them. Those are not corporate CAs and are left out.

    Args:
        host: whose environment, home and current directory.
        public_roots: what certifi holds.
        now: aware.
        shipped: directories of public roots that the operating system ships.

    Returns:
        The anchors, each once with every place it was found in; and for each place with something
        unusable a rejection for each kind of it, which counts if it is about several things.
    """
    known = find_known(public_roots, shipped)
    read = make_reader(public_roots, known, now)
    found: list[tuple[Certificate, str]] = []
    rejections: list[Rejection] = []
    for place in _places(host):
        anchors = read_place(place.path, read)
        found += [(each, place.provenance) for each in anchors.certificates]
        odd = (each for each in anchors.left_out if _is_odd(each, known.certifi))
        rejections += make_rejections(place.provenance, odd)
        rejections += _find_misspelt(place, anchors.certificates)
    if any(value and is_about_network(name) for name, value in host.environment.items()):
        from proxyenv.machine.named_cas import find_odd_variables

        rejections += find_odd_variables(host)
    return joined(found), tuple(rejections)


def make_reader(
    public_roots: tuple[Certificate, ...], known: KnownRoots, now: datetime
) -> Callable[[str], Anchors]:
    """A function that sifts the file of a path whose symlinks are followed, and reads each file once."""
    parsed = {root.fingerprint: root for root in public_roots}

    @functools.cache
    def read(real: str) -> Anchors:
        return sift(read_ca_file(Path(real), known=parsed), source=real, known=known, now=now)

    return read


def is_relative(text: str, platform: str) -> bool:
    """Whether a path means another file in every directory: whoever made this one would choose the CA.

    A URL of another machine does, to a program that takes it for a path.
    """
    path = find_local_path(text, platform)
    return path is None or not (Path(path).is_absolute() or path[1:2] == ":")


def make_rejections(provenance: str, left_out: Iterable[LeftOut]) -> Iterator[Rejection]:
    """What was left out of one input, a rejection for each kind of it."""
    yield from (Rejection(provenance, reason, code) for code, reason in summarise(left_out))


def read_ca_file(
    path: Path, *, known: Mapping[str, Certificate] | None = None, password: str | None = None
) -> CertificateFile:
    """The certificates of one file among several; where it has none, why.

    Args:
        path: the file.
        known: certificates parsed earlier, by fingerprint; they are not parsed again.
        password: of a PKCS#12 file.

    Raises:
        PrivateKeyError: there is a private key in it.
    """
    try:
        data = read_content(path, limit=LARGEST)
        return parse_ca(data, source=str(path), known=known, password=password)
    except OSError as error:
        left_out = _unreadable(path, error)
    except PrivateKeyError:
        raise
    except TrustError as error:
        left_out = LeftOut(error.code, f"`{show_path(path)}`", error.message, error.hint)
    except (RecursionError, MemoryError) as error:  # the border is too late for what was only found
        left_out = _too_large(path, error)
    return CertificateFile((), left_out=(left_out,))


def parse_ca(
    data: bytes,
    *,
    source: str,
    known: Mapping[str, Certificate] | None = None,
    password: str | None = None,
) -> CertificateFile:
    """As :func:`parse_content`, for what may be a PKCS#12: that is opened in a process of its own.

    Raises:
        TrustError: there is no certificate, or a private key.
    """

    def open_pkcs12(content: bytes, passwords: tuple[bytes | None, ...]) -> Opening:
        from proxyenv.machine.pkcs12 import find_opener

        return find_opener()(content, passwords)

    return parse_content(data, source=source, known=known or {}, password=password, open_pkcs12=open_pkcs12)


def read_file(path: Path) -> bytes:
    """The content of a file that was named.

    Raises:
        DiscoveryError: ``ca-not-found`` or ``ca-unreadable``.
    """
    try:
        return read_content(path, limit=LARGEST)
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError) -> DiscoveryError:
    """The error for a file that was named and cannot be read."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        nearest = next((parent for parent in path.parents if os.path.isdir(parent)), path.parent)  # noqa: PTH112 - never raises
        return DiscoveryError(
            "ca-not-found",
            f"`{show_path(path)}` does not exist",
            hint=f"`ls {shlex.quote(str(nearest))}` shows what is there",
        )
    hint = "name a PEM or DER file"
    if isinstance(error, PermissionError):
        hint = f"a CA certificate is no secret; its owner can do `chmod a+r {shlex.quote(str(path))}`"
    return DiscoveryError(
        "ca-unreadable", f"`{show_path(path)}` cannot be read: {render_reason(error)}", hint=hint
    )


def _places(host: Host) -> tuple[_Place, ...]:
    named: dict[tuple[Path, bool], list[str]] = {}
    separator = ";" if host.platform == "win32" else ":"
    for name in VARIABLES:
        value = host.environment.get(name, "")
        for text in value.split(separator) if name in LISTS else (value,):
            file = find_local_path(text, host.platform)
            if file and not is_relative(file, host.platform):
                named.setdefault((host.absolute(file, expand=False), file != text), []).append(name)
    places = [
        _Place(f"{_enumeration(names)} in the environment ({show_path(path)})", path, by_url)
        for (path, by_url), names in named.items()
    ]
    mitmproxy = host.home / _MITMPROXY
    if os.path.lexists(mitmproxy):
        places.append(_Place(f"`~/{_MITMPROXY}`", mitmproxy))
    return tuple(places)


def read_place(path: Path, read: Callable[[str], Anchors]) -> Anchors:
    """Everything in a file or a directory; a private key refuses all of it."""
    try:
        files = files_in(path) if path.is_dir() else (path,)
        contents = [read(real) for real in dict.fromkeys(map(resolve_path, files))]
    except OSError as error:
        return Anchors((), (_unreadable(path, error),))
    except (DiscoveryError, TrustError) as error:
        return Anchors((), (LeftOut(error.code, f"`{show_path(path)}`", error.message, error.hint),))
    return Anchors(
        tuple(each for content in contents for each in content.certificates),
        tuple(each for content in contents for each in content.left_out),
    )


def _unreadable(path: Path, error: OSError) -> LeftOut:
    refusal = unreadable(path, error)
    reason = f"`{show_path(path)}` cannot be read: {render_reason(error)}"
    return LeftOut(refusal.code, f"`{show_path(path)}`", reason, refusal.hint)


def _too_large(path: Path, error: RecursionError | MemoryError) -> LeftOut:
    deep = isinstance(error, RecursionError)
    why = "it is nested too deeply" if deep else "there is no memory left for what it holds"
    name = f"`{show_path(path)}`"
    return LeftOut("ca-unreadable", name, f"{name} cannot be read: {why}", "name a PEM or DER file")


def _is_odd(left_out: LeftOut, certifi: frozenset[str]) -> bool:
    """Whether it is worth a word where nobody named the file: a bundle holds public roots, some twice."""
    return left_out.code != "ca-repeated" and left_out.fingerprint not in certifi


def _find_misspelt(place: _Place, certificates: tuple[Certificate, ...]) -> Iterator[Rejection]:
    """A place that holds CAs which its own readers do not find there."""
    reason = None
    if not certificates:
        return
    with contextlib.suppress(OSError):
        if place.by_url:
            reason = f"does not load `{place.path}`: a `file://` URL is no path to it"
        elif place.path.is_dir():
            reason = _find_unhashed(place.path, certificates)
        elif spelling := find_misspelling(place.path, frozenset(each.fingerprint for each in certificates)):
            reason = f"does not load `{place.path}`: {spelling}"
    if reason:
        yield Rejection(place.provenance, f"OpenSSL, and with it curl and Python, {reason}", "ca-spelling")


def _find_unhashed(directory: Path, certificates: tuple[Certificate, ...]) -> str | None:
    """What OpenSSL says to a directory in which it looks for the hash of a subject, and nothing else."""
    names = {path.name.partition(".")[0] for path in files_in(directory) if HASHED.fullmatch(path.name)}
    missing = [each.subject for each in certificates if hash_subject(each.der) not in names]
    if not missing:
        return None
    command = f"openssl rehash {shlex.quote(str(directory))}"
    return f"does not find `{missing[0]}` in `{directory}` before `{command}`"


def files_in(directory: Path) -> tuple[Path, ...]:
    """The files directly in a directory that may hold certificates, by their suffix or a name for OpenSSL.

    Raises:
        OSError: it cannot be read.
        DiscoveryError: ``ca-unreadable``: it holds more than a directory of CAs does.
    """
    try:
        entries = list_directory(directory, most=_MOST_FILES)
    except OSError as error:
        if error.errno != errno.EFBIG:
            raise
        raise _too_much(f"`{directory}` holds more than {_MOST_FILES:,} files") from error
    files = tuple(
        path
        for path in sorted(entries)
        if (path.suffix.lower() in _SUFFIXES or HASHED.fullmatch(path.name)) and not path.is_dir()
    )
    if add_sizes(files) > LARGEST:
        raise _too_much(f"the certificates in `{directory}` are larger than {LARGEST // 1024**2} MiB")
    return files


def _too_much(reason: str) -> DiscoveryError:
    return DiscoveryError("ca-unreadable", reason, hint="name the files of the CA themselves")


def joined(found: Iterable[tuple[Certificate, str]]) -> tuple[Found[Certificate], ...]:
    """Equal certificates merged, their provenances joined, in the order of first appearance."""
    places: dict[Certificate, dict[str, None]] = {}
    for certificate, provenance in found:
        places.setdefault(certificate, {})[provenance] = None
    return tuple(Found(certificate, "; ".join(names)) for certificate, names in places.items())


def _enumeration(names: list[str]) -> str:
    quoted = [f"`{name}`" for name in dict.fromkeys(names)]
    return " and ".join(filter(None, (", ".join(quoted[:-1]), quoted[-1])))
