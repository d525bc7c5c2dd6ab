"""WPAD: the PAC file that the local network offers, followed only once somebody has agreed to it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from proxyenv.commands.downloads import fetch_policy
from proxyenv.commands.pac_source import consult, read_pac, require_one_user, require_proxy
from proxyenv.errors import DiscoveryError, UsageError
from proxyenv.machine.findings import read_intent
from proxyenv.machine.pac import find_search_domains

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.commands.command import Session
    from proxyenv.commands.pac_source import PacFile
    from proxyenv.decide.pac import Flattened
    from proxyenv.model.intent import Request


def find_wpad(session: Session, *, digest: str | None = None) -> PacFile:
    """The PAC file that a search domain of the resolver offers: of that name exactly, never of one above it.

    Args:
        session: with the machine.
        digest: the SHA-256 that it must have.

    Raises:
        DiscoveryError: ``wpad-not-found``, or what is there is no PAC file.
        TrustError: ``pac-mismatch``.
        UsageError: ``usage``: the digest is none.
    """
    from proxyenv.checks.pac import look_up, resolve_name

    host = session.host
    root = Path(host.directory.anchor)
    domains = find_search_domains(host, root)
    names = tuple(f"wpad.{domain}" for domain in domains)
    found = look_up((f"{name}." for name in names), resolve_name)
    name = next((each for each in names if found[f"{each}."]), None)
    if name is None:
        tried = ", ".join(f"`{each}`" for each in names)
        raise DiscoveryError(
            "wpad-not-found",
            f"no name for automatic detection resolves: {tried}"
            if names
            else "this machine has no search domain of two parts or more, so there is no name to ask for",
            hint="ask IT for the URL of the PAC file: `proxyenv pac URL`",
        )
    return read_pac(session, f"http://{name}/wpad.dat", digest=digest)


def settle_wpad(session: Session, request: Request) -> Request | None:
    """A request for the PAC file that the network offers, and for no other content of it.

    Where its SHA-256 is given, or was agreed to before, nobody is asked; nor where nothing will be written.

    Returns:
        ``None`` where the answer is no.

    Raises:
        UsageError: ``usage``: something else is given that names the proxy, or it would be for all users;
            ``wpad-unpinned``: nobody can be asked.
        DiscoveryError: there is none, it cannot be asked, or ``pac-not-static``.
        TrustError: ``pac-mismatch``.
    """
    require_one_user(session.host)
    session.terminal.progress("looking for a PAC file by the search domain")
    pac = find_wpad(session, digest=request.pac_digest)
    taken = request._replace(wpad=None, pac=pac.location, pac_digest=pac.digest)
    intent, installation = read_intent(session.host, taken, partial(fetch_policy, session))
    flat = consult(session, pac, urls=intent.urls).flat
    require_proxy(pac, flat)
    offer, saved = tuple(_describe(pac, flat)), installation.configuration
    known = saved is not None and (saved.pac, saved.pac_digest) == (pac.location, pac.digest)
    if known or request.pac_digest or session.verb == "diff" or session.options.dry_run:
        for line in offer:
            session.terminal.remark(line)
    elif session.options.yes or not session.terminal.can_ask:
        raise UsageError(
            "wpad-unpinned",
            f"the network offers `{pac.location}`, from {pac.server}, with the SHA-256 `{pac.digest}`, and "
            "nobody has said that it may name the proxy",
            hint="ask IT for the SHA-256 of the file at that URL; where it is the same: "
            f"`proxyenv setup --wpad --pac-digest {pac.digest}`",
        )
    elif not session.terminal.confirm("Follow it, as long as its content stays?", usual=False, about=offer):
        return None
    return taken


def _describe(pac: PacFile, flat: Flattened) -> Iterator[str]:
    yield "the network offers a PAC file; whoever runs the network decides what it says:"
    yield f"  URL      {pac.location}"
    yield f"  address  {pac.server}"
    yield f"  SHA-256  {pac.digest}"
    direct = f", but not for {', '.join(flat.direct)}" if flat.direct else ""
    yield f"  proxy    {flat.proxy}{direct}"
