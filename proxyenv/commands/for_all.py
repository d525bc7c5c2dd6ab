"""``--system``: only root may write for all users, and hints name the option."""

from __future__ import annotations

import re
import shlex
import sys
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import SimpleNamespace

    from proxyenv.commands.command import Session
    from proxyenv.commands.reports import Checked
    from proxyenv.model.option import Option
    from proxyenv.model.report import Outcome

_VERBS: Final = re.compile(
    r"`proxyenv (setup|refresh|rollback|uninstall|status|check|diff)\b(?![^`]*--(?:system|prefix)\b)"
)


def name_system(text: str) -> str:
    """A text with ``--system`` added to each command in it that takes the option."""
    return _VERBS.sub(r"`proxyenv \1 --system", text)


def name_in_outcomes(outcomes: tuple[Outcome, ...]) -> tuple[Outcome, ...]:
    """Outcomes whose hints name ``--system``."""
    return tuple(each._replace(hint=name_system(each.hint)) if each.hint else each for each in outcomes)


def name_in_checked(checked: Checked) -> Checked:
    """What a check found, with hints that name ``--system``."""
    reports = (each._replace(outcomes=name_in_outcomes(each.outcomes)) for each in checked.reports)
    return checked._replace(shared=name_in_outcomes(checked.shared), reports=tuple(reports))


def require_administrator(session: Session) -> None:
    """Refuse whoever is not root.

    Raises:
        PlanError: ``needs-root``, with the command to type.
    """
    from proxyenv.commands import load_command
    from proxyenv.errors import needs_root
    from proxyenv.plan.stores import render_invocation

    host = session.host
    if host.is_root:
        return
    known = load_command(session.verb).options
    words = (*session.verb.split(), *render_options(known, session.options))
    hint = f"`{render_invocation(host, python=sys.executable)} {shlex.join(words)}`"
    left = [option.flag for name, option in known.items() if _is_secret(option, _find(session.options, name))]
    if left:
        hint += f", and {' and '.join(f'`{flag}`' for flag in left)} as before"
    raise needs_root(f"`{host.layout.config}`", "nothing was changed", hint=hint)


def render_options(known: Mapping[str, Option], values: SimpleNamespace) -> Iterator[str]:
    """The words of a command line that gives these values; what may hold a password is left out.

    Args:
        known: the options of a verb, by the name of the value.
        values: as they were read.
    """
    for name, option in known.items():
        value = _find(values, name)
        if value in (None, [], ()) or (option.takes == "yes" and not value) or _is_secret(option, value):
            continue
        if option.is_switch:
            no = option.takes == "yes-no" and not value
            yield f"--no-{option.flag.removeprefix('--')}" if no else option.flag
        elif option.takes == "list":
            yield from (option.flag, ",".join(value))
        elif option.takes == "optional-value":
            yield option.flag if value is True else f"{option.flag}={value}"
        else:
            for each in value if option.takes == "values" else (value,):
                yield from (option.flag, each)


def _find(values: SimpleNamespace, name: str) -> Any:  # noqa: ANN401 - as an attribute holds it
    return getattr(values, name, None)


def _is_secret(option: Option, value: object) -> bool:
    return option.sensitive and isinstance(value, str) and "@" in value
