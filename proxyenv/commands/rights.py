"""Whose rights a command writes with: root's, or those of the user whose home is set up."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from proxyenv.machine.ownership import find_owners

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from proxyenv.apply.identity import User
    from proxyenv.model.host import Host


@contextmanager
def owner_rights(host: Host, *places: Path) -> Iterator[User | None]:
    """Run the body, which writes, as the user who decides what is in *places*, where root runs this.

    Where that is who called ``sudo`` the body may write elsewhere too: each place has rights of its own.

    Args:
        host: the machine.
        places: by default the directories of the installation; links in them not followed.

    Raises:
        ApplyError: ``read-only``: root may not take another user's rights here.
    """
    from proxyenv.apply.faults import attributed, nothing_changed
    from proxyenv.apply.identity import acting_as, find_user

    layout = host.layout
    directories = places or (layout.config, layout.data, layout.state)
    user = find_user(directories, find_owners(host, is_system=True))
    with ExitStack() as held:
        with nothing_changed(), attributed(directories[0]):
            held.enter_context(acting_as(user))
        yield user
