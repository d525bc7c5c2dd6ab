"""Induced faults: a machine on which one thing is wrong, what is said of it, and the next step, typed."""

from __future__ import annotations

import re
import shutil
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest

from proxyenv.codes import FAMILIES, read_family
from proxyenv.demo.stage import find_differences, take_snapshot
from support.machine import in_ci

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from _pytest.mark import ParameterSet

    from support.person import Person
    from support.verdicts import Answer, Trouble

__all__ = ["ELSEWHERE", "Fault", "Faults", "find_foreign", "hold", "is_command"]

OURS: Final = (".config/proxyenv", ".local/share/proxyenv", ".local/state/proxyenv")
"""Directories below a home that only proxyenv writes to."""

NOT_TYPED: Final = MappingProxyType(
    {
        r"\S*python\S* -m pip install .+": "the tests install nothing: they run without the network",
        r"pip install 'prefect==.+'": "the tests install nothing: they run without the network",
        r"--no-proxy \S+\.test": "it is for what can be reached directly: nothing of this company",
        r"proxyenv check -v": "shows more of the same",
        r"timedatectl": "the clock of the machine belongs to the machine",
    }
)
"""Commands in hints that no row types, and why. What a single row does not type stands in that row."""

ELSEWHERE: Final[Mapping[str, Any]] = MappingProxyType(
    {"types": "--url", "fills": {"--url": "--url https://other.demo.test/uuid"}}
)
"""Of a row whose hint is to name another document: this one is good."""

_BUILT_IN: Final = frozenset({".", "source", "unset", "export", "proxyenv", "sudo", "timedatectl", "pip"})
"""What begins a command, and may be no program of the machine that runs these tests."""

_CHECKING: Final = ("proxyenv setup", "proxyenv refresh", "proxyenv check")
"""Commands that end with a check."""

_SAYS_WHY: Final = re.compile(r"\b(no next step|nothing to do|cannot be changed from here)\b")
"""How a detail says that there is no next step."""


class Fault(NamedTuple):
    """One thing that is wrong, and what must come of it.

    Args:
        id: a phrase.
        kind: of the kinds in the issue.
        induce: sets the machine up, and breaks it.
        verb: what is asked then.
        cause: of the first thing that fails, or the code of the error.
        says: words that must be in its detail or hint; ``{words}`` are the person's.
        types: a command, or an option of ``setup``, that the hint has in backticks, as printed.
        fills: what a person would write for the words in capitals of that command.
        password: what they type where that command asks for one.
        prepares: what a person does before they type it.
        does: what a person does where the next step is no command, or after it.
        looks: commands of the hint that only show something, as printed; they are typed first.
        untyped: commands of the hints that are not typed, and why; see also :data:`NOT_TYPED`.
        warns: a cause among the warnings; then the answer is a yes, and ``cause`` is empty.
        status: the exit status.
        settled: the verb that must succeed after the next step, by default the one that was asked before.
        changes: files below the home that the next step may change besides what only proxyenv writes.
        restores: whether all files are then as before the fault.
        unchanged: whether the verb itself must change nothing.
        quick: whether it runs without ``CI``.
    """

    id: str
    kind: str
    induce: Callable[[Person], None]
    verb: tuple[str, ...] = ("check",)
    cause: str = ""
    says: tuple[str, ...] = ()
    types: str = ""
    fills: Mapping[str, str] = {}
    password: str = ""
    prepares: Callable[[Person], None] | None = None
    does: Callable[[Person], None] | None = None
    looks: tuple[str, ...] = ()
    untyped: Mapping[str, str] = {}
    warns: str = ""
    status: int = 1
    settled: tuple[str, ...] | None = None
    changes: tuple[str, ...] = ()
    restores: bool = False
    unchanged: bool = False
    quick: bool = False


class Faults(list[Fault]):
    """A table of faults. A row is a function that induces one; its name is the phrase."""

    def row(self, kind: str, cause: str, **facts: Any) -> Callable[[Callable[[Person], None]], None]:
        """Add the decorated function as a row."""

        def add(induce: Callable[[Person], None]) -> None:
            phrase = induce.__name__.replace("_", "-")
            self.append(Fault(phrase, kind, induce, cause=cause, **facts))

        return add

    def refusal(
        self, kind: str, cause: str, *options: str, status: int = 3, **facts: Any
    ) -> Callable[[Callable[[Person], None]], None]:
        """Add a row where ``setup`` with these options is refused before anything is changed."""
        verb = ("setup", "--yes", "--no-check", *options)
        return self.row(kind, cause, verb=verb, status=status, unchanged=True, quick=True, **facts)

    def parameters(self) -> list[ParameterSet]:
        """The rows for pytest. Without ``CI`` only the quick ones run."""
        return [pytest.param(each, id=each.id, marks=() if each.quick else (in_ci,)) for each in self]


def hold(fault: Fault, person: Person) -> None:
    """Induce a fault, see that it is named, take the next step, and see it gone with nothing else changed."""
    fault.induce(person)
    induced = take_snapshot(person.home)
    answer = person.ask(*(word.format(**person.words) for word in fault.verb))
    judge(answer)
    assert answer.status == fault.status, answer.summary
    trouble = _find_trouble(fault, answer)
    for words in fault.says:
        assert words.format(**person.words) in trouble.words, trouble
    _see_that_all_is_typed(fault, person, (*answer.troubles, trouble))
    before = take_snapshot(person.home)
    assert not fault.unchanged or not find_differences(induced, before)
    for command in fault.looks:
        done = person.type(command.format(**person.words))
        assert done.status == 0, done.summary
        assert not find_differences(before, take_snapshot(person.home))
    if not (fault.types or fault.does):
        return
    if fault.prepares:
        fault.prepares(person)
    proven = bool(fault.types) and _type_hint(fault, person, trouble)
    if fault.does:
        fault.does(person)
    if fault.restores:
        left = _elsewhere_than_state(find_differences(person.healthy, take_snapshot(person.home)))
        assert left == []
    differences = find_foreign(find_differences(before, take_snapshot(person.home)), fault.changes)
    assert not differences, differences
    settled = fault.verb if fault.settled is None else fault.settled
    if settled and not (proven and fault.settled is None):
        after = person.ask(*(word.format(**person.words) for word in settled))
        judge(after)
        assert after.status == 0, after.summary
        assert fault.cause not in {each.cause for each in after.warnings} or not fault.cause
        assert not fault.warns or fault.warns not in {each.cause for each in after.warnings}


def _find_trouble(fault: Fault, answer: Answer) -> Trouble:
    if fault.warns:
        assert not answer.troubles, answer.troubles
        found = [each for each in answer.warnings if each.cause == fault.warns]
        assert found, answer.summary
        return found[0]
    assert answer.troubles, answer.summary
    assert answer.troubles[0].cause == fault.cause, answer.troubles
    return answer.troubles[0]


def _type_hint(fault: Fault, person: Person, trouble: Trouble) -> bool:
    """Type the command as printed. Returns whether a check of its own has found everything well."""
    printed = fault.types.format(**person.words)
    assert printed in trouble.literals, trouble
    command = printed
    for placeholder, value in fault.fills.items():
        assert placeholder in command, command
        command = command.replace(placeholder, value.format(**person.words))
    if command.startswith("--"):
        command = f"proxyenv setup {command}"
    done = person.type(command, password=fault.password)
    proves = fault.verb[0] == "check" and command.startswith(_CHECKING)
    assert done.status in ({0} if proves else {0, 1}), done.summary  # 1 where it finds something else
    return proves


def _see_that_all_is_typed(fault: Fault, person: Person, troubles: tuple[Trouble, ...]) -> None:
    """Every command that these print is typed in the row, or is named with a reason why it is not."""
    typed = {command.format(**person.words) for command in (fault.types, *fault.looks, *fault.untyped)}
    for trouble in troubles:
        for command in filter(is_command, trouble.literals):
            excused = any(re.fullmatch(pattern, command) for pattern in NOT_TYPED)
            assert command in typed or excused, f"`{command}` is not typed: {trouble}"


def is_command(literal: str) -> bool:
    """Whether something in backticks is to be typed."""
    first, _, rest = literal.partition(" ")
    return first.startswith("--") or first in _BUILT_IN or bool(rest and shutil.which(first))


def find_foreign(differences: tuple[str, ...], allowed: tuple[str, ...]) -> list[str]:
    """The differences in files that are neither proxyenv's own nor below those that are allowed."""
    ours = (*OURS, ".prefect/profiles.toml", *allowed)
    named = ((line, line.split("`")[1]) for line in differences)
    return [line for line, name in named if not _is_among(name, ours)]


def _is_among(name: str, directories: tuple[str, ...]) -> bool:
    """Whether a path is one of *directories*, below one, or above one."""
    return name.startswith(directories) or any(each.startswith(name) for each in directories)


def _elsewhere_than_state(differences: tuple[str, ...]) -> list[str]:
    return [line for line in differences if not line.startswith("`.local/state/proxyenv")]


def judge(answer: Answer) -> None:
    """What holds for every answer: a no has a cause in words, and a next step or says why there is none."""
    codes = {code for family in FAMILIES for code in read_family(family)}
    if answer.status:
        assert answer.troubles, answer.summary
    for trouble in answer.troubles:
        assert trouble.cause in codes, trouble
        assert trouble.cause != "bug", answer.err
        assert len(trouble.detail.split()) > 1, trouble
        assert "Traceback" not in trouble.words, trouble
        assert trouble.hint or _SAYS_WHY.search(trouble.detail), trouble
