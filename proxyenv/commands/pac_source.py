"""Gets a PAC file and asks it: for ``pac``, and where a PAC file is saved."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.checks.download import Document, fetch_document
from proxyenv.decide.pac import flatten, require_pac_url, suggest_forwarder
from proxyenv.decide.policy import parse_digest
from proxyenv.errors import DiscoveryError, TrustError, UsageError
from proxyenv.formats.pac import LIMIT, find_questions, parse_pac
from proxyenv.machine.ownership import find_foreign, find_owners
from proxyenv.machine.pac import find_hosts, read_pac_file
from proxyenv.model.host import require_local_path
from proxyenv.model.intent import Rank
from proxyenv.model.pac import list_variants
from proxyenv.model.report import Outcome
from proxyenv.model.url import is_web_url, quote_location, show_source
from proxyenv.no_proxy.advice import read_no_proxy
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from proxyenv.commands.command import Session
    from proxyenv.decide.pac import Flattened
    from proxyenv.model.configuration import Configuration
    from proxyenv.model.host import Host
    from proxyenv.model.intent import Intent
    from proxyenv.model.pac import PacAnswer
    from proxyenv.model.proxy_url import ProxyURL

_SECONDS: Final = 10.0
_WPAD: Final = re.compile(r"http://wpad\.[^/]+/wpad\.dat")


class PacFile(NamedTuple):
    """A PAC file as it was read.

    Args:
        location: its URL, or its absolute path.
        digest: the SHA-256 of its bytes.
        script: its text.
        server: the address that it came from; ``None`` for a file.
    """

    location: str
    digest: str
    script: str
    server: str | None = None

    @property
    def possible(self) -> tuple[str, ...]:
        """The kinds of questions that it can ask."""
        return find_questions(self.script)


class Consulted(NamedTuple):
    """What a PAC file says for the hosts that matter.

    Args:
        pac: the file.
        answers: one for each URL.
        flat: whether one proxy says the same.
    """

    pac: PacFile
    answers: tuple[PacAnswer, ...]
    flat: Flattened


def read_pac(session: Session, location: str, *, digest: str | None = None, where: str = "") -> PacFile:
    """A PAC file, fetched without a proxy if it is a URL; in one run it is read once.

    Args:
        session: with the machine.
        location: ``http://``, ``https://``, ``file://`` or a path.
        digest: the SHA-256 that it must have.
        where: what names it, for messages; empty where it was just typed.

    Raises:
        DiscoveryError: ``pac-unreachable``, ``pac-is-html``, ``pac-syntax``.
        TrustError: ``pac-mismatch``.
        UsageError: ``usage``: the digest is none.
    """
    wanted = parse_digest(digest, where="the PAC file's digest") if digest else None
    document, name = session.memory.once(("pac", location), lambda: _get(session.host, location, where))
    source = f"`{show_source(name)}`"
    found = hashlib.sha256(document.content).hexdigest()
    if wanted is not None and found != wanted:
        raise TrustError(
            "pac-mismatch",
            f"the PAC file {source} has the SHA-256 `{found}`, and `{wanted}` was asked for",
            hint=f"ask IT whether it was changed; {_suggest_digest(location)}",
        )
    script = parse_pac(document.content, source=source, charset=document.charset)
    return PacFile(name, found, script, document.server)


def _read_followed(session: Session, location: str, digest: str | None, where: str) -> PacFile:
    """A PAC file that names the proxy, now and at each ``refresh``; *where* as in :func:`read_pac`.

    Raises:
        DiscoveryError: ``pac-foreign``: others could write it, and no digest says what it must be; or as
            :func:`read_pac`.
    """
    pac = read_pac(session, location, digest=digest, where=where)
    if digest or is_web_url(pac.location):
        return pac
    foreign = find_foreign((Path(pac.location),), find_owners(session.host))
    if foreign is None:
        return pac
    raise DiscoveryError(
        "pac-foreign",
        f"{foreign}, so whoever does may name another proxy at each `refresh`",
        hint=f"`--pac-digest {pac.digest}` accepts what it holds now, and nothing else",
    )


def _suggest_digest(location: str) -> str:
    """How the new content of a PAC file is taken."""
    if _WPAD.fullmatch(location):
        return "`proxyenv setup --wpad` shows the new one, and asks"
    return f"`proxyenv setup --pac {quote_location(location)} --pac-digest SHA256` takes the new one"


def _get(host: Host, location: str, where: str) -> tuple[Document, str]:
    """What a PAC file holds, and its URL or absolute path."""
    if is_web_url(location):
        return _fetch(host, location), location
    path = require_local_path(location, host, code="pac-unreachable", what="the PAC file", where=where)
    return Document(read_pac_file(path)), str(path)


def _fetch(host: Host, url: str) -> Document:
    require_pac_url(url)
    try:
        return fetch_document(url, proxy=None, roots=(host.layout.bundle,), seconds=_SECONDS, limit=LIMIT)
    except DiscoveryError as error:
        raise DiscoveryError(
            "pac-unreachable",
            f"the PAC file {error.message}",
            hint="it is fetched without a proxy; download it with a browser, and name the file",
        ) from error


def consult(
    session: Session, pac: PacFile, *, urls: tuple[str, ...] = (), named: tuple[str, ...] = ()
) -> Consulted:
    """Ask a PAC file about the hosts that matter here; in one run it is asked the same once.

    Args:
        session: with the machine.
        pac: the file.
        urls: what the check fetches.
        named: more URLs.

    Raises:
        DiscoveryError: it cannot be asked.
    """
    key = ("answers", pac.location, pac.digest, urls, named)
    return session.memory.once(key, lambda: _ask(session, pac, urls, named))


def _ask(session: Session, pac: PacFile, urls: tuple[str, ...], named: tuple[str, ...]) -> Consulted:
    from proxyenv.checks.pac import PacSurroundings, ask_pac

    host = session.host
    known = find_hosts(host, read_no_proxy(host.environment), urls)
    answers = ask_pac(
        pac.script,
        list_variants((*known, *named)),
        PacSurroundings(session.now, host.environment.get("TZ")),
        source=f"`{show_source(pac.location)}`",
    )
    return Consulted(pac, answers, flatten(answers, pac.possible))


def follow_pac(session: Session, intent: Intent) -> Intent:
    """An intent with the one proxy that says what its PAC file says.

    Raises:
        DiscoveryError: ``pac-not-static``; ``pac-foreign``; or the file cannot be read or asked.
        TrustError: ``pac-mismatch``.
        UsageError: ``usage``: it would decide for all users, and others may be able to write it.
    """
    require_one_user(session.host)
    where = "" if intent.rank("pac") is Rank.GIVEN else intent.where("pac")
    pac = _read_followed(session, intent.pac or "", intent.pac_digest, where)
    flat = consult(session, pac, urls=intent.urls).flat
    proxy = require_proxy(pac, flat)
    shown = show_source(pac.location)
    notes = []
    if pac.location.lower().startswith("http://") and intent.pac_digest is None:
        notes.append(
            f"`{shown}` is not encrypted: whoever is on the way can name another proxy, at each `refresh` "
            f"too; `--pac-digest {pac.digest}` accepts this content alone"
        )
    if flat.depends:
        notes.append(f"`{shown}` depends on {' and '.join(flat.depends)}: true for this network now")
    if flat.spare:
        notes.append(f"`{shown}` also names {', '.join(flat.spare)}, for when the first does not answer")
    named = proxy.reveal()
    return intent._replace(
        pac=pac.location, http_proxy=named, https_proxy=named, pac_direct=flat.direct, pac_notes=tuple(notes)
    )


def require_one_user(host: Host) -> None:
    """Refuse to follow a PAC file for all users: others may be able to write it.

    Raises:
        UsageError: ``usage``.
    """
    if host.for_all:
        hint = "`proxyenv pac URL` shows the proxy; name that with `--proxy`"
        raise UsageError("usage", "a PAC file is followed for one user alone", hint=hint)


def require_proxy(pac: PacFile, flat: Flattened) -> ProxyURL:
    """The one proxy that says what a PAC file says.

    Raises:
        DiscoveryError: ``pac-not-static``: there is none.
    """
    if flat.proxy is not None:
        return flat.proxy
    message = f"`{show_source(pac.location)}`: {flat.refusal}"
    raise DiscoveryError("pac-not-static", message, hint=suggest_forwarder(pac.location))


def judge_pac(session: Session, saved: Configuration) -> Outcome:
    """Whether the saved PAC file still says what was written, which it is asked now."""
    shown = show_source(saved.pac or "")
    try:
        pac = _read_followed(session, saved.pac or "", saved.pac_digest, "`proxyenv.toml`")
        flat = consult(session, pac, urls=saved.urls).flat
    except TrustError as error:
        return Outcome("pac", "failed", "pac-changed", error.message, error.hint)
    except (DiscoveryError, UsageError) as error:
        return Outcome("pac", "warning", "pac-not-asked", error.message, error.hint)
    missing = [name for name in flat.direct if name not in saved.derived]
    if flat.proxy is None:
        change = f": {flat.refusal}"
    elif flat.proxy.reveal() != saved.http_proxy:
        change = f" names {flat.proxy} now"
    elif missing:
        change = f" sends {', '.join(missing)} direct, which was not so or not known"
    else:
        return Outcome("pac", "ok", detail=f"`{shown}` still says {flat.proxy}")
    return Outcome("pac", "failed", "pac-changed", f"`{shown}`{change}", "`proxyenv refresh`")
