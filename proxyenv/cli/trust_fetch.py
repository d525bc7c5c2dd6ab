"""``proxyenv trust fetch``: what a connection through the proxy shows, and whether to believe it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv import inspection
from proxyenv.certificates.bundle import render_bundle
from proxyenv.cli.session import Result
from proxyenv.cli.trust_consent import confirm
from proxyenv.cli.trust_text import render_pem_hint, render_sight, sight_data
from proxyenv.model.request import Request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.cli.session import Session
    from proxyenv.inspection import Sight
    from proxyenv.model.certificate import Certificate


def fetch(session: Session) -> Result:
    """Look at the certificates of a host; print the CA when its fingerprint is confirmed.

    Returns:
        Exit status 1 when a fingerprint was given and no CA that was seen has it, or when the
        certificates could not be read.

    Raises:
        ProxyenvError: no connection.
    """
    options = session.options
    request = Request(proxy=options.proxy, fingerprints=tuple(options.fingerprints))
    sight = inspection.see(
        session.host,
        request,
        options.target,
        follow=options.follow_aia,
        now=session.now,
        progress=session.terminal.progress,
    )
    shown = list(render_sight(sight, session.paint, verbose=session.terminal.verbose))
    may_ask = session.terminal.can_ask and getattr(options, "output", "text") == "text"
    if may_ask and sight.candidate and not request.fingerprints:
        print("\n".join(shown), flush=True)
        shown = []
    chosen = confirm(session, sight, request.fingerprints, may_ask=may_ask)
    failed = sight.intercepted is None or (bool(request.fingerprints) and chosen is None)
    if chosen:
        session.terminal.remark(render_pem_hint("corporate-ca.pem"))
    return Result(
        "failed" if failed else "ok",
        int(failed),
        sight_data(sight) | {"confirmed": chosen.fingerprint if chosen else None, "pem": _pem(chosen)},
        _lines(shown, sight, chosen, failed=failed),
    )


def _lines(shown: list[str], sight: Sight, chosen: Certificate | None, *, failed: bool) -> Iterator[str]:
    yield from shown
    if failed and sight.intercepted is not None:
        yield "no CA that was seen has the fingerprint that was given; nothing is trusted"
    if chosen:
        yield _pem(chosen) or ""
    elif sight.candidate and not failed:
        yield ""
        yield f"not trusted; ask IT whether the SHA-256 of their CA is `{sight.candidate.fingerprint}`, then"
        yield f"`proxyenv setup --ca-fingerprint {sight.candidate.fingerprint}`"


def _pem(chosen: Certificate | None) -> str | None:
    if chosen is None:
        return None
    return render_bundle((chosen,), title="seen on the wire; its fingerprint was confirmed").decode("ascii")
