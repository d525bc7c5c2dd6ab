"""``proxyenv`` alone: the state of this machine in a few lines, and what to type next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.commands.command import Reply
from proxyenv.commands.status import compare
from proxyenv.commands.terminal import printable
from proxyenv.machine.installation import find_written, read_installation
from proxyenv.model.url import mask_userinfo

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from proxyenv.commands.command import Session
    from proxyenv.model.installation import Installation
    from proxyenv.model.receipt import Receipt
    from proxyenv.model.report import Outcome

_SHOWN: Final = 3
"""Of the outcomes that are not ok: `status` shows all."""


def run(session: Session) -> Reply:
    """Say how things stand. A machine that is not set up, or has drifted, is no reason to fail.

    Raises:
        DiscoveryError: a file of an earlier run cannot be read.
    """
    installation = read_installation(session.host)
    if installation.receipt is None:
        return Reply(None, _render_nothing(session))
    return Reply(None, _render(session, installation, installation.receipt))


def _render_nothing(session: Session) -> Iterator[str]:
    from proxyenv.catalog.clients.table import PROXY_VARIABLES

    known = (name for names in PROXY_VARIABLES.values() for name in names)
    found = ", ".join(name for name in known if session.host.environment.get(name))
    yield session.paint("nothing is set up here", "bold")
    yield f"  shell    has {found or 'no proxy variable'}"
    yield ""
    yield "next: `proxyenv setup` finds the settings, shows what it would write, and asks"
    yield "      `proxyenv help` lists all verbs"


def _render(session: Session, installation: Installation, receipt: Receipt) -> Iterator[str]:
    outcomes = compare(session, installation)
    broken = [outcome for outcome in outcomes if outcome.status in {"failed", "warning"}]
    written = find_written(installation, session.host.layout) or {}
    yield session.paint("this machine is set up", "bold")
    for label, text in describe_set_up(written, installation, receipt):
        yield f"  {label:<8} {printable(text)}"
    files = [outcome.status for outcome in outcomes if outcome.check.startswith("file ")]
    yield f"  files    {files.count('ok')} of {len(files)} as written"
    for outcome in broken[:_SHOWN]:
        status = session.paint(f"{outcome.status:<7}", outcome.status)
        yield f"  {status}  {printable(f'{outcome.check}: {outcome.cause}: {outcome.detail}')}"
    if broken[_SHOWN:]:
        yield f"           and {len(broken) - _SHOWN} more: `proxyenv status`"
    yield ""
    yield f"next: {printable(_find_next(broken))}"


def describe_set_up(
    written: Mapping[str, str], installation: Installation, receipt: Receipt
) -> Iterator[tuple[str, str]]:
    """The proxies, the CAs and the profile of what is set up: label and value, no password."""
    proxies = dict.fromkeys(written[name] for name in ("https_proxy", "http_proxy") if name in written)
    if proxies:
        yield "proxy", ", ".join(map(mask_userinfo, proxies))
    for anchor in receipt.anchors:
        yield "CA", f"{anchor.subject}, valid until {anchor.not_after[:10]}"
    if receipt.profile:
        saved = installation.configuration
        api = f"; API {mask_userinfo(saved.api_url)}" if saved and saved.api_url else ""
        yield "Prefect", f"profile `{receipt.profile}`{api}"


def _find_next(broken: list[Outcome]) -> str:
    failed = [outcome for outcome in broken if outcome.status == "failed"]
    hint = next((outcome.hint for outcome in (*failed, *broken) if outcome.hint), None)
    return hint or "`proxyenv check` proves it with real connections"
