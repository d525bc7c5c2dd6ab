"""``proxyenv explain``: what a code means, what usually leads to it, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.codes import FAMILIES, read_family
from proxyenv.commands.command import Command, Reply, leaves_out
from proxyenv.errors import UsageError
from proxyenv.model.option import Option
from proxyenv.model.suggestion import ask_for, find_similar
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from proxyenv.codes import Code, Family
    from proxyenv.commands.command import Session


@leaves_out("severity")
class CodeResult(NamedTuple):
    """What one code means.

    Args:
        code: its name.
        family: `errors`, `causes`, `lints`, `finds` or `pools`.
        meaning: one line.
        reasons: what usually leads to it, the most frequent first.
        next_step: a sentence or a command.
        severity: of a lint or a find about a work pool: `error`, `warning` or `info`.
    """

    code: str
    family: str
    meaning: str
    reasons: tuple[str, ...]
    next_step: str
    severity: str | None = None


class ExplainResult(NamedTuple):
    """The codes that were asked for.

    Args:
        codes: one, or without an argument all of them.
    """

    codes: tuple[CodeResult, ...]


def run(session: Session) -> Reply:
    """Explain one code, or list all of them by family.

    Raises:
        UsageError: ``usage``: there is no such code.
    """
    name = session.options.name
    if name is None:
        families = {family: read_family(family) for family in FAMILIES}
        codes = tuple(_describe(family, code) for family in families for code in families[family].values())
        return Reply(ExplainResult(codes), _render_list(session, families))
    found = next((_describe(each, code) for each in FAMILIES if (code := read_family(each).get(name))), None)
    if found is None:
        raise UsageError("usage", f"there is no code `{name}`", hint=_suggest(name))
    return Reply(ExplainResult((found,)), _render_code(session, found))


def _describe(family: Family, code: Code) -> CodeResult:
    return CodeResult(code.name, family, code.meaning, code.reasons, code.next_step, code.severity)


def _suggest(name: str) -> str:
    codes = (code for family in FAMILIES for code in read_family(family))
    return ask_for(find_similar(name, codes)) or _LIST_ALL


def _render_code(session: Session, code: CodeResult) -> Iterator[str]:
    severity = f" ({code.severity})" if code.severity else ""
    yield f"{session.paint(code.code, 'bold')}{severity}: {code.meaning}"
    yield ""
    yield "usual reasons:"
    yield from (f"  - {reason}" for reason in code.reasons)
    yield ""
    yield f"next step: {code.next_step}"


def _render_list(session: Session, families: Mapping[Family, Mapping[str, Code]]) -> Iterator[str]:
    width = max(len(name) for codes in families.values() for name in codes)
    for number, (family, codes) in enumerate(families.items()):
        if number:
            yield ""
        yield f"{session.paint(family, 'bold')}: {FAMILIES[family]}"
        yield from (f"  {code.name:<{width}}  {code.meaning}" for code in codes.values())


_LIST_ALL = "`proxyenv explain` lists all codes"
_OPTIONS = {"name": Option(("CODE",), "a code of an error, a check or a lint", required=False)}

COMMANDS = {"explain": Command(run, ExplainResult, _OPTIONS)}
