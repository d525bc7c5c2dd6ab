"""The recipe for px, said beside a report where a proxy offers no scheme that Python's clients can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from proxyenv.commands.command import Session
    from proxyenv.model.report import Outcome
    from proxyenv.model.subject import Subject

_CAUSE: Final = "proxy-scheme-unsupported"


def say_px_recipe(session: Session, outcomes: Iterable[Outcome], subjects: Iterable[Subject]) -> None:
    """Say how to start px, once, where an outcome is about a proxy that wants what it can do."""
    broken = {each.check for each in outcomes if each.cause == _CAUSE}
    if not broken:
        return
    from proxyenv.catalog.forwarders.px import find_configuration
    from proxyenv.commands.terminal import printable
    from proxyenv.decide.px_recipe import FIRST_PORT, render_px_recipe
    from proxyenv.machine.forwarders import find_free_port
    from proxyenv.machine.local import LocalMachine

    for subject in subjects:
        for proxy in subject.proxies:
            if f"proxy-connect [{proxy.authority}]" in broken:
                lines = render_px_recipe(
                    proxy,
                    subject.no_proxy,
                    port=find_free_port(FIRST_PORT),
                    configuration=find_configuration(LocalMachine(session.host)),
                    platform=session.host.platform,
                )
                session.terminal.remark_lines(printable(line) for line in lines)
                return
