"""``proxyenv trust inspect``: lint CAs, and say beforehand who will refuse them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from proxyenv import inspection
from proxyenv.cli.session import Result
from proxyenv.cli.trust_consent import ask_ca_password
from proxyenv.cli.trust_text import inspections_data, render_inspections
from proxyenv.errors import TrustError
from proxyenv.model.request import Request

if TYPE_CHECKING:
    from proxyenv.cli.session import Session


def inspect(session: Session) -> Result:
    """Inspect what the arguments name.

    Returns:
        Exit status 1 when some runtime will refuse one of the certificates.

    Raises:
        ProxyenvError: something cannot be read, or holds something else.
    """
    options = session.options
    request = Request(
        proxy=options.proxy,
        ca=tuple(options.source),
        ca_password_env=options.ca_password_env,
        ca_password_file=options.ca_password_file,
        fingerprints=tuple(options.fingerprints),
    )
    progress = session.terminal.progress
    while True:
        try:
            found = inspection.inspect(session.host, request, now=session.now, progress=progress)
            break
        except TrustError as error:
            request = replace(request, ca_password=ask_ca_password(session, request, error))
    failed = any(verdict.answer == "fail" for each in found for verdict in each.verdicts)
    return Result(
        "failed" if failed else "ok",
        int(failed),
        {"certificates": inspections_data(found)},
        render_inspections(found, session.paint, verbose=session.terminal.verbose),
    )
