"""Reads the policy of the fleet: from where it was given, or from the copy that an earlier run made."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.bounded import open_file, read_open
from proxyenv.decide.intent import merge_intent
from proxyenv.decide.policy import LEAVE, parse_digest, parse_policy, require_url
from proxyenv.errors import DiscoveryError, ProxyenvError, UsageError
from proxyenv.machine.content import render_reason
from proxyenv.machine.disclosure import may_reach_home
from proxyenv.machine.ownership import find_foreign, find_owners
from proxyenv.model.host import require_local_path
from proxyenv.model.url import is_web_url
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from proxyenv.model.host import Host
    from proxyenv.model.installation import Installation
    from proxyenv.model.intent import Intent, Request
    from proxyenv.model.policy import Policy

    Fetch = Callable[[str, str, Intent], bytes]
    """Gets what a URL holds: the URL, the SHA-256 that it must have, and what is wanted without it."""

_LIMIT: Final = 1024 * 1024


class Policies(NamedTuple):
    """The policy that counts now, and the one that the last run followed.

    Args:
        now: ``None`` where there is none.
        earlier: the copy of it; ``None`` where there was none, or the copy is gone or damaged.
    """

    now: Policy | None = None
    earlier: Policy | None = None


def read_policies(host: Host, request: Request, installation: Installation, fetch: Fetch | None) -> Policies:
    """The policy that is given, or else the one that was set up.

    A pinned policy cannot change, so its copy serves, and no network is asked.

    Args:
        host: the machine.
        request: the command line.
        installation: what an earlier run left.
        fetch: gets what a URL holds; ``None`` where only what is here may be read.

    Raises:
        UsageError: ``policy-unpinned``, or ``usage``.
        TrustError: ``policy-mismatch``.
        DiscoveryError: ``policy-invalid``, ``policy-unreadable``, ``policy-unreachable``, ``foreign-policy``.
    """
    if request.policy is None and request.policy_digest is not None:
        raise UsageError(
            "usage",
            "`--config-digest` says what the policy must be, and nothing says where it is",
            hint="add `--config FILE` or `--config URL`",
        )
    saved = installation.configuration
    earlier = _find_copy(host, installation)
    if request.policy == LEAVE:
        return Policies(None, earlier)
    reader = _Reader(host, merge_intent(request._replace(policy=None, policy_digest=None), saved), fetch)
    if request.policy is not None:
        digest = parse_digest(request.policy_digest) if request.policy_digest else None
        return Policies(reader.read(request.policy, digest), earlier)
    if saved is None or saved.policy is None:
        return Policies()
    if earlier is None or saved.policy_digest is None:
        return Policies(_read_again(reader, saved.policy, saved.policy_digest, earlier), earlier)
    return Policies(earlier, earlier)


def _find_copy(host: Host, installation: Installation) -> Policy | None:
    """The copy of the policy that is followed, if it is as it was written."""
    saved = installation.configuration
    if saved is None or saved.policy is None:
        return None
    try:
        state = installation.state(host.layout.policy)
        if state is None:
            return None
        return parse_policy(state.content, source=saved.policy, digest=saved.policy_digest)
    except ProxyenvError:
        return None


def _read_again(reader: _Reader, source: str, digest: str | None, copy: Policy | None) -> Policy:
    """What the source holds now; where a file is gone, the copy."""
    if copy is not None and not os.path.exists(source):  # noqa: PTH110 - never raises
        return copy._replace(note=f"the policy `{source}` is gone; the copy that was made of it is used")
    return reader.read(source, digest, where="`proxyenv.toml`")


class _Reader(NamedTuple):
    """What it takes to read a policy where it is published."""

    host: Host
    intent: Intent
    fetch: Fetch | None

    def read(self, named: str, digest: str | None, *, where: str = "") -> Policy:
        """The policy at a URL, or in a file; *where* names it, unless it was just typed."""
        if is_web_url(named):
            require_url(named, pinned=digest is not None)
            if self.fetch is None or digest is None:
                raise DiscoveryError("policy-unreachable", f"the copy of the policy `{named}` is gone")
            return parse_policy(self.fetch(named, digest, self.intent), source=named, digest=digest)
        path = require_local_path(named, self.host, code="policy-unreadable", what="the policy", where=where)
        content = _read_file(path, self.host, is_given=not where)
        if digest is None:
            _require_own(path, self.host)
        return parse_policy(content, source=str(path), digest=digest)


def _read_file(path: Path, host: Host, *, is_given: bool) -> bytes:
    try:
        with open_file(path, limit=_LIMIT) as file:
            if not may_reach_home(path, os.fstat(file.fileno()), host, is_given=is_given):
                named = f"`proxyenv setup --config {shlex.quote(str(path))}` names it"
                raise DiscoveryError(
                    "policy-unreadable",
                    f"the policy `{path}` would be copied into `{host.home}`, whose owner cannot read it",
                    hint="put it where everybody can read it, and only root can write" if is_given else named,
                )
            return read_open(file, path, limit=_LIMIT)
    except OSError as error:
        raise DiscoveryError(
            "policy-unreadable",
            f"the policy `{path}` cannot be read: {render_reason(error)}",
            hint="check the path given with `--config`",
        ) from error


def _require_own(path: Path, host: Host) -> None:
    """Refuse a file that others could have written, as no digest says what it must be.

    Raises:
        DiscoveryError: ``foreign-policy``.
    """
    found = find_foreign((path,), find_owners(host))
    if found is not None:
        raise DiscoveryError(
            "foreign-policy",
            f"{found}, so the policy `{path}` needs a digest",
            hint="give its SHA-256 with `--config-digest`",
        )
