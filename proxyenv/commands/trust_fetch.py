"""``proxyenv trust fetch``: what a connection through the proxy shows, and whether to believe it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from proxyenv.certificates.bundle import render_bundle
from proxyenv.commands.arguments import choose_options
from proxyenv.commands.command import Command, Reply
from proxyenv.commands.consent import confirm_seen
from proxyenv.commands.proxy_password import settle_given
from proxyenv.commands.sight import see
from proxyenv.commands.trust_inspect import (
    CertificateResult,
    describe_inspection,
    render_pem_hint,
    render_sight,
)
from proxyenv.decide.given import judge_given
from proxyenv.model.intent import Request
from proxyenv.model.option import Option

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.certificates.inspection import Sight
    from proxyenv.commands.command import Session
    from proxyenv.model.certificate import Certificate


@dataclass(frozen=True, slots=True)
class FetchResult:
    """What a connection shows.

    Args:
        origin: whose certificates these are.
        proxy: that the connection went through, the password masked; null without one.
        intercepted: whether no public root issued them; null where that cannot be told.
        refusal: why a client with the public roots alone refuses the connection, or null.
        missing_root: the name of the CA above the last certificate, where it was not sent; otherwise null.
        clock_skew: seconds that the proxy's clock is ahead, where that matters; otherwise null.
        certificates: the server's own first; those that were fetched come last.
        confirmed: the fingerprint of the CA that was confirmed, or null.
        pem: that CA, or null.
    """

    origin: str
    proxy: str | None
    intercepted: bool | None
    refusal: str | None
    missing_root: str | None
    clock_skew: float | None
    certificates: tuple[CertificateResult, ...]
    confirmed: str | None
    pem: str | None


def run(session: Session) -> Reply:
    """Look at the certificates of a host; print the CA when its fingerprint is confirmed.

    Returns:
        A no when a fingerprint was given and no CA that was seen has it, or when the certificates could not
        be read.

    Raises:
        ProxyenvError: no connection, or the proxy's user is named and nobody can be asked for the password.
    """
    options = session.options
    request = Request(proxy=options.proxy, fingerprints=tuple(options.fingerprints))
    judge_given(request)
    request = request._replace(proxy_password=settle_given(session, {"proxy": options.proxy}))
    sight = see(session, request, options.target, follow=bool(options.follow_aia))
    shown = list(render_sight(sight, session.paint, verbose=session.terminal.verbose))
    may_ask = session.terminal.can_ask and options.output == "text"
    if may_ask and sight.candidate and not request.fingerprints:
        session.terminal.show("\n".join(shown))
        shown = []
    chosen = confirm_seen(session, sight, request.fingerprints, may_ask=may_ask)
    failed = sight.intercepted is None or (bool(request.fingerprints) and chosen is None)
    if chosen:
        session.terminal.remark(render_pem_hint("corporate-ca.pem"))
    lines = _render(shown, sight, chosen, failed=failed)
    return Reply(describe_sight(sight, chosen), lines, "failed" if failed else "ok")


def describe_sight(sight: Sight, chosen: Certificate | None) -> FetchResult:
    """What was seen, and the CA that was confirmed."""
    return FetchResult(
        origin=sight.origin,
        proxy=str(sight.proxy) if sight.proxy else None,
        intercepted=sight.intercepted,
        refusal=sight.refusal,
        missing_root=sight.missing,
        clock_skew=sight.skew.total_seconds() if sight.skew else None,
        certificates=tuple(map(describe_inspection, sight.inspections)),
        confirmed=chosen.fingerprint if chosen else None,
        pem=_render_pem(chosen) if chosen else None,
    )


def _render(shown: list[str], sight: Sight, chosen: Certificate | None, *, failed: bool) -> Iterator[str]:
    yield from shown
    if failed and sight.intercepted is not None:
        yield "no CA that was seen has the fingerprint that was given; nothing is trusted"
    if chosen:
        yield _render_pem(chosen)
    elif sight.candidate and not failed:
        yield ""
        yield f"not trusted; ask IT whether the SHA-256 of their CA is `{sight.candidate.fingerprint}`, then"
        yield f"`proxyenv setup --ca-fingerprint {sight.candidate.fingerprint}`"


def _render_pem(chosen: Certificate) -> str:
    return render_bundle((chosen,), title="seen on the wire; its fingerprint was confirmed").decode("ascii")


_OPTIONS = {
    "target": Option(("HOST[:PORT]",), "whose certificates to look at"),
    "proxy": Option(("--proxy",), "the proxy to go through", metavar="URL"),
    "follow_aia": Option(("--follow-aia",), "fetch the issuers that were not sent", takes="yes"),
    **choose_options("fingerprints"),
}

COMMANDS = {"trust fetch": Command(run, FetchResult, _OPTIONS)}
