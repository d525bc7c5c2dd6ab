"""What has to be done to services once their files are written: systemd reads them when a service starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.catalog.system.systemd import ENDING, find_service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.model.change import Change
    from proxyenv.model.installation import Layout


def service_notes(layout: Layout, changes: tuple[Change, ...]) -> Iterator[str]:
    """The command that makes services take what changes.

    Args:
        layout: where the file is that all of them read.
        changes: every file of the plan.
    """
    services = {name: change for change in changes if (name := find_service(change.path))}
    shared = next((each for each in changes if each.path == layout.env_file(ENDING)), None)
    reload = [name for name, change in services.items() if change.action != "none"]
    restart = services if shared is not None and shared.action != "none" else reload
    if restart:
        first = "systemctl daemon-reload && " if reload else ""
        command = f"{first}systemctl try-restart {' '.join(sorted(restart))}"
        yield f"services take it when they start again: `{command}`"
