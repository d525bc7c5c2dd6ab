"""What every verb is: its options, what it does with them, and what it answers."""

from __future__ import annotations

from enum import Enum
from pathlib import PurePath
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeVar

from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping
    from datetime import datetime
    from types import SimpleNamespace

    from proxyenv.commands.terminal import Terminal
    from proxyenv.model.host import Host
    from proxyenv.model.option import Option

R = TypeVar("R")

_LEAVES_OUT: Final = "leaves_out"
_EXIT_CODES: Final = {"ok": 0, "changed": 0, "failed": 1}


class Memory:
    """What one run got from elsewhere, each thing once: what was judged and shown is what is used.

    A server can give another answer to the second request, and a PAC file can look at a clock or at DNS. What
    failed is tried again.
    """

    def __init__(self) -> None:
        self._known: dict[Hashable, Any] = {}

    def once(self, key: Hashable, get: Callable[[], R]) -> R:
        """What *get* returned the first time that it was called for *key*."""
        if key not in self._known:
            self._known[key] = get()
        found: R = self._known[key]
        return found


class Session(NamedTuple):
    """One run of one verb.

    Args:
        verb: its name, such as ``setup`` or ``trust inspect``.
        options: what was given on the command line.
        host: the machine.
        terminal: where remarks go, and who can be asked.
        now: aware.
        memory: what it has got from elsewhere so far.
    """

    verb: str
    options: SimpleNamespace
    host: Host
    terminal: Terminal
    now: datetime
    memory: Memory

    def require_rights(self) -> None:
        """Refuse what is for all users to whoever is not root.

        Raises:
            PlanError: ``needs-root``.
        """
        if self.host.for_all:
            from proxyenv.commands.for_all import require_administrator

            require_administrator(self)

    def paint(self, words: str, style: str) -> str:
        """Colours for standard output."""
        return self.terminal.paint(words, style)

    def paint_remark(self, words: str, style: str) -> str:
        """Colours for standard error."""
        return self.terminal.paint_remark(words, style)


class Reply(NamedTuple):
    """What a verb answers.

    Args:
        result: a dataclass or a named tuple, which is the ``data`` of the JSON document; ``None`` for a
            program that was run and printed by itself, which gets no document.
        lines: the same as text, for standard output.
        status: ``ok``, ``changed`` or ``failed``.
        code: the exit status, where it does not follow from *status*.
        changed: whether anything was written, where it does not follow from *status*.
        documents: more formats of ``--output``, each with what renders it.
    """

    result: object
    lines: Iterable[str] = ()
    status: str = "ok"
    code: int | None = None
    changed: bool | None = None
    documents: Mapping[str, Callable[[], str]] = MappingProxyType({})

    @property
    def has_changed(self) -> bool:
        """Whether anything was written, or would be with ``--dry-run``."""
        return self.status == "changed" if self.changed is None else self.changed

    @property
    def exit_code(self) -> int:
        """The exit status: 0 for success, 1 for a negative answer."""
        return _EXIT_CODES[self.status] if self.code is None else self.code


class Command(NamedTuple):
    """One verb.

    Args:
        run: does it.
        result: the type of the results that *run* returns; `docs/json.md` is derived from it.
        options: what it takes, by the name of the attribute of ``session.options`` that holds the value.
        usage: the line that ``--help`` begins with, where the usual one would be wrong.
    """

    run: Callable[[Session], Reply]
    result: type
    options: Mapping[str, Option] = MappingProxyType({})
    usage: str | None = None


def leaves_out(*names: str) -> Callable[[type[R]], type[R]]:
    """Declare which fields of the type of a result are no keys in JSON while they are ``None``."""

    def declare(kind: type[R]) -> type[R]:
        setattr(kind, _LEAVES_OUT, names)
        return kind

    return declare


class ResultField(NamedTuple):
    """A field of the type of a result.

    Args:
        name: the key in JSON.
        annotation: its type, as the code spells it.
        left_out: whether it is no key in JSON while it is ``None``.
    """

    name: str
    annotation: str
    left_out: bool = False


def find_fields(result: object) -> tuple[ResultField, ...]:
    """The fields of a dataclass or a named tuple, in their order; of any other type none.

    Args:
        result: the class, or a value of it.
    """
    kind = result if isinstance(result, type) else type(result)
    if not hasattr(kind, "__dataclass_fields__") and not hasattr(kind, "_fields"):
        return ()
    without = getattr(kind, _LEAVES_OUT, ())
    return tuple(
        ResultField(name, getattr(annotation, "__forward_arg__", str(annotation)), name in without)
        for name, annotation in kind.__annotations__.items()
    )


def to_data(value: object) -> Any:  # noqa: ANN401 - whatever `json` can write
    """A result as JSON has it: what has fields is an object, they are the keys, in their order."""
    known = find_fields(value)
    if known:
        pairs = ((each, getattr(value, each.name)) for each in known)
        return {each.name: to_data(item) for each, item in pairs if item is not None or not each.left_out}
    if isinstance(value, dict):
        return {key: to_data(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_data(item) for item in value]
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, PurePath) else value
