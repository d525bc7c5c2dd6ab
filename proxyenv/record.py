"""Named tuples that take a tenth of the time to define.

A start of the program defines some sixty of them. ``typing.NamedTuple`` compiles code for each class and for
the annotation of each field, which together takes as long as starting Python does. What is made here is used,
and read by type checkers, in the same way. It is for values that many verbs load; ``typing.NamedTuple`` is
for those that are made by the thousand, which it does faster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["NamedTuple"]

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, NamedTuple, Self
else:
    from operator import itemgetter

    class _RecordType(type):
        """The type of the classes: annotated names become fields, and their values defaults."""

        def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> _RecordType:
            """Make the class."""
            names = tuple(namespace.get("__annotations__", ()))
            if names and bases[:1] == (NamedTuple,):  # the other may be Generic
                defaults = {each: namespace[each] for each in names if each in namespace}
                namespace |= {each: property(itemgetter(index)) for index, each in enumerate(names)}
                namespace |= {"_fields": names, "__match_args__": names, "_field_defaults": defaults}
                namespace |= {"_names": frozenset(names), "__slots__": (), "_last": tuple(defaults.values())}
            return super().__new__(cls, name, bases, namespace)

    class NamedTuple(tuple, metaclass=_RecordType):
        """What :class:`typing.NamedTuple` is. The annotations of a subclass have to be text."""

        __slots__ = ()
        _fields = ()
        _field_defaults = {}  # noqa: RUF012 - nobody changes it
        _last = ()

        def __new__(cls, *values: object, **named: object) -> Self:
            """Make a value from its fields, in their order or by their names."""
            missing = len(cls._fields) - len(values)
            if 0 < missing <= len(cls._last) and not named:
                values += cls._last[-missing:]
            elif named or missing:
                values = cls._complete(values, named)
            return tuple.__new__(cls, values)

        @classmethod
        def _complete(cls, values: tuple[object, ...], named: dict[str, object]) -> tuple[object, ...]:
            filled, rest = cls._fields[: len(values)], cls._fields[len(values) :]
            known = cls._field_defaults | named
            try:
                complete = (*values, *map(known.__getitem__, rest))
            except KeyError as error:
                raise TypeError(f"{cls.__name__} needs {error}") from None
            if (
                len(complete) > len(cls._fields)
                or not named.keys() <= cls._names
                or not named.keys().isdisjoint(filled)
            ):
                raise TypeError(f"{cls.__name__} takes {', '.join(cls._fields)}, each once")
            return complete

        @classmethod
        def _make(cls, values: Iterable[object]) -> Self:
            return cls(*values)

        def _replace(self, **changes: object) -> Self:
            return type(self)(**(self._asdict() | changes))

        __replace__ = _replace

        def _asdict(self) -> dict[str, object]:
            return dict(zip(self._fields, self, strict=True))

        def __repr__(self) -> str:
            shown = (f"{name}={value!r}" for name, value in zip(self._fields, self, strict=True))
            return f"{type(self).__name__}({', '.join(shown)})"

        def __getnewargs__(self) -> tuple[object, ...]:
            return tuple(self)
