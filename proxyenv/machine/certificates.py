"""Trust anchors on this machine: certifi's, and those that variables name.

Whatever is wrong with a certificate that was merely found is a rejection, with its reason. What the user
named is read in :mod:`proxyenv.machine.ca_sources`.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import re
import shlex
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.catalog.clients.table import roots_variables
from proxyenv.certificates.bundle import merge
from proxyenv.certificates.certificate import parse_certificates, require_authority
from proxyenv.certificates.pem import parse_blocks
from proxyenv.errors import DiscoveryError, TrustError
from proxyenv.machine.content import read_content, render_reason
from proxyenv.model.findings import Found, Rejection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from proxyenv.model.certificate import Certificate
    from proxyenv.model.host import Host

VARIABLES: Final = (
    *(name for name, _role in roots_variables()),
    "NIX_SSL_CERT_FILE",
    "PREFECT_API_SSL_CERT_FILE",
    "npm_config_cafile",
    "NPM_CONFIG_CAFILE",
    "SSL_CERT_DIR",
)
"""The variables that may name trust anchors: all that the env files write, and some more."""

_LISTS: Final = frozenset({"SSL_CERT_DIR"})
"""Variables that hold several paths, separated as in ``PATH``."""

_SUFFIXES: Final = frozenset({".pem", ".crt", ".cer", ".der"})
_HASHED: Final = re.compile(r"[0-9a-f]{8}\.\d+")
DISTRIBUTION_ROOTS: Final = Path("/usr/share/ca-certificates")
"""Where Debian and its derivatives keep the public roots that they ship; an administrator's own CAs are
elsewhere (update-ca-certificates(8))."""

_MITMPROXY: Final = ".mitmproxy/mitmproxy-ca-cert.pem"

_IN_SHORT: Final = {
    "ca-expired": "expired",
    "ca-not-yet-valid": "not yet valid",
    "not-a-ca": "not a CA",
}
_UNREADABLE: Final = "unreadable"


class _Place(NamedTuple):
    """Files that were named together, and what named them."""

    provenance: str
    path: Path


class _Problem(NamedTuple):
    """Why something was set aside.

    Args:
        subject: the fingerprint or the path that it is about.
        short: a word for counting.
        clause: the whole reason.
    """

    subject: str
    short: str
    clause: str


class _Content(NamedTuple):
    """What a file or a place offers beyond the public roots."""

    certificates: tuple[Certificate, ...]
    problems: tuple[_Problem, ...] = ()


def read_public_roots() -> tuple[tuple[Certificate, ...], str]:
    """The public roots and the version of certifi that holds them.

    Returns:
        The roots, sorted by fingerprint, and the version.

    Raises:
        DiscoveryError: ``ca-not-found`` or ``ca-unreadable``: certifi's installation is damaged.
        TrustError: its file holds something other than certificates.
    """
    import certifi

    path = Path(certifi.where())
    return merge(parse_certificates(read_file(path), source=str(path))), certifi.__version__


def find_anchors(
    *,
    host: Host,
    public_roots: tuple[Certificate, ...],
    now: datetime,
    distribution: Path = DISTRIBUTION_ROOTS,
) -> tuple[tuple[Found[Certificate], ...], tuple[Rejection, ...]]:
    """The CAs that variables of the environment name and certifi lacks, and mitmproxy's own.

    A system bundle also holds public roots that certifi does not have, or no longer: distrusted ones
    among them. Those are not corporate CAs and are left out.

    Args:
        host: whose environment, home and current directory.
        public_roots: what certifi holds.
        now: aware.
        distribution: a directory of public roots that the operating system ships.

    Returns:
        The anchors, each once with every place it was found in; and for each place with something
        unusable one rejection, which counts if it is about several things.
    """
    known = {root.fingerprint: root for root in public_roots}
    judged: dict[Certificate, _Problem | None] = {}
    shipped = functools.cache(lambda: read_fingerprints(distribution))

    @functools.cache
    def read(real: str) -> _Content:
        content = _read_offer(Path(real), known)
        for certificate in content.certificates:
            if certificate not in judged:
                is_shipped = certificate.fingerprint in shipped()
                problem = _shipped_problem(certificate) if is_shipped else None
                judged[certificate] = problem or _find_problem(certificate, source=real, now=now)
        return content

    found: list[tuple[Certificate, str]] = []
    rejections: list[Rejection] = []
    for place in _places(host):
        certificates, problems = _read_place(place.path, read)
        found += [(each, place.provenance) for each in certificates if judged[each] is None]
        every = dict.fromkeys((*problems, *filter(None, (judged[each] for each in certificates))))
        if every:
            rejections.append(Rejection(place.provenance, _summary(tuple(every))))
    return joined(found), tuple(rejections)


def read_file(path: Path) -> bytes:
    """The content of a file that was named.

    Raises:
        DiscoveryError: ``ca-not-found`` or ``ca-unreadable``.
    """
    try:
        return read_content(path)
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError) -> DiscoveryError:
    """The error for a file that was named and cannot be read."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        nearest = next((parent for parent in path.parents if os.path.isdir(parent)), path.parent)  # noqa: PTH112 - never raises
        return DiscoveryError(
            "ca-not-found",
            f"`{path}` does not exist",
            hint=f"`ls {shlex.quote(str(nearest))}` shows what is there",
        )
    hint = "name a PEM or DER file"
    if isinstance(error, PermissionError):
        hint = f"a CA certificate is no secret; its owner can do `chmod a+r {shlex.quote(str(path))}`"
    return DiscoveryError("ca-unreadable", f"`{path}` cannot be read: {render_reason(error)}", hint=hint)


def _places(host: Host) -> tuple[_Place, ...]:
    named: dict[Path, list[str]] = {}
    separator = ";" if host.platform == "win32" else ":"
    for name in VARIABLES:
        value = host.environment.get(name, "")
        for text in value.split(separator) if name in _LISTS else (value,):
            if text:
                named.setdefault(host.absolute(text, expand=False), []).append(name)
    places = [
        _Place(f"{_enumeration(names)} in the environment ({path})", path) for path, names in named.items()
    ]
    mitmproxy = host.home / _MITMPROXY
    if os.path.lexists(mitmproxy):
        places.append(_Place(f"`~/{_MITMPROXY}`", mitmproxy))
    return tuple(places)


def _read_place(path: Path, read: Callable[[str], _Content]) -> _Content:
    try:
        files = files_in(path, hashed=True) if path.is_dir() else (path,)
    except OSError as error:
        return _unreadable_content(path, error)
    # A hashed directory names every file twice, by symlinks; so do most variables.
    contents = [read(real) for real in dict.fromkeys(os.path.realpath(file) for file in files)]
    return _Content(
        tuple(each for content in contents for each in content.certificates),
        tuple(each for content in contents for each in content.problems),
    )


def _read_offer(path: Path, known: dict[str, Certificate]) -> _Content:
    try:
        offered = parse_certificates(read_content(path), source=str(path), known=known)
    except OSError as error:
        return _unreadable_content(path, error)
    except TrustError as error:
        return _Content((), (_Problem(str(path), _UNREADABLE, error.message),))
    return _Content(tuple(each for each in offered if each.fingerprint not in known))


def _unreadable_content(path: Path, error: OSError) -> _Content:
    clause = f"`{path}` cannot be read: {render_reason(error)}"
    return _Content((), (_Problem(str(path), _UNREADABLE, clause),))


def read_fingerprints(directory: Path) -> frozenset[str]:
    """Of every certificate below *directory*; a file that cannot be read or parsed has none."""
    fingerprints = set()
    for path in directory.rglob("*.crt"):
        with contextlib.suppress(OSError, TrustError):
            blocks = parse_blocks(read_content(path), source=str(path))
            fingerprints |= {hashlib.sha256(block.der).hexdigest() for block in blocks}
    return frozenset(fingerprints)


def _shipped_problem(certificate: Certificate) -> _Problem:
    clause = f"`{certificate.subject}` is a public root that the operating system ships and certifi does not"
    return _Problem(certificate.fingerprint, "public roots that certifi does not have", clause)


def _find_problem(certificate: Certificate, *, source: str, now: datetime) -> _Problem | None:
    try:
        require_authority(certificate, source=source, now=now)
    except TrustError as error:
        return _Problem(certificate.fingerprint, _IN_SHORT.get(error.code, _UNREADABLE), error.message)
    return None


def files_in(
    directory: Path, *, hashed: bool = False, also: frozenset[str] = frozenset()
) -> tuple[Path, ...]:
    """The files that may hold certificates.

    Args:
        directory: what lies directly in it is looked at.
        hashed: also those that are named for OpenSSL.
        also: further suffixes, lower case.

    Raises:
        OSError: it cannot be read.
    """
    return tuple(
        path
        for path in sorted(directory.iterdir())
        if (path.suffix.lower() in _SUFFIXES | also or (hashed and _HASHED.fullmatch(path.name)))
        and not path.is_dir()
    )


def _summary(problems: tuple[_Problem, ...]) -> str:
    if len(problems) == 1:
        return problems[0].clause
    counts = Counter(problem.short for problem in problems)
    listed = ", ".join(f"{count} {short}" for short, count in sorted(counts.items()))
    return f"{len(problems)} were set aside: {listed}"


def joined(found: Iterable[tuple[Certificate, str]]) -> tuple[Found[Certificate], ...]:
    """Equal certificates merged, their provenances joined, in the order of first appearance."""
    places: dict[Certificate, dict[str, None]] = {}
    for certificate, provenance in found:
        places.setdefault(certificate, {})[provenance] = None
    return tuple(Found(certificate, "; ".join(names)) for certificate, names in places.items())


def _enumeration(names: list[str]) -> str:
    quoted = [f"`{name}`" for name in dict.fromkeys(names)]
    return " and ".join(filter(None, (", ".join(quoted[:-1]), quoted[-1])))
