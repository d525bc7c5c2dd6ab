"""One option of a verb, declared once.

The parser, ``proxyenv.toml``, completion and ``docs/options.md`` are derived from the declaration, so an
option is spelt in one place.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, Self, dataclass_transform

from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

Takes = Literal["value", "values", "list", "yes", "no", "yes-no", "optional-value"]
"""What follows an option.

`value`: one value. `values`: one value, and the option may be repeated. `list`: one value that holds a list.
`yes`, `no`: nothing, and the option means that. `yes-no`: nothing, and `--no-…` means the opposite.
`optional-value`: one of its choices, or nothing.
"""


PLACES: Final = ("FILE", "DIR", "PATH", "IMAGE")
"""What stands in the help for a value that says where something is."""


class Option(NamedTuple):
    """One option, or one positional argument.

    Args:
        flags: such as ``-y`` and ``--yes``, the long one last; a single name without dashes is a positional
            argument, and no flag at all is a key that only ``proxyenv.toml`` has.
        help: for ``--help``, in a clause without a final period; ``{names}`` stands for *names*.
        takes: what follows it.
        metavar: what stands for the value in ``--help``.
        choices: the only values.
        form: what each of its texts must match whole, as a regular expression; empty: any.
        example: a text of that form.
        names: the catalogue whose names are its values: ``shells`` or ``tools``.
        default: the value where nobody says anything.
        key: the table and the key in ``proxyenv.toml``, such as ``proxy.http``; empty: it is not saved.
        group: the heading in ``--help``.
        excludes: of all the options with the same word here at most one may be given.
        required: whether a positional argument must have at least one value.
        hidden: whether ``--help`` and the documentation leave it out.
        sensitive: whether the value may hold a password.
        details: more sentences for ``docs/options.md``, in Markdown.
    """

    flags: tuple[str, ...]
    help: str
    takes: Takes = "value"
    metavar: str | None = None
    choices: tuple[str, ...] = ()
    form: str = ""
    example: str = ""
    names: str = ""
    default: object = None
    key: str = ""
    group: str = ""
    excludes: str = ""
    required: bool = True
    hidden: bool = False
    sensitive: bool = False
    details: str = ""

    @property
    def flag(self) -> str:
        """The flag for messages: the long one."""
        return self.flags[-1]

    @property
    def is_positional(self) -> bool:
        """Whether it is an argument without a flag."""
        return bool(self.flags) and not self.flags[0].startswith("-")

    @property
    def is_switch(self) -> bool:
        """Whether its value is yes or no."""
        return self.takes in {"yes", "no", "yes-no"}

    @property
    def kinds(self) -> tuple[str, ...]:
        """What its value names, where that is a place: :data:`PLACES`, and `URL` beside them."""
        words = tuple((self.metavar or "".join(self.flags[:1])).split("|"))
        return words if any(word in PLACES for word in words) else ()

    @property
    def empty(self) -> tuple[()] | None:
        """The value that stands for nothing said."""
        return () if self.takes == "values" or not self.flags else None

    @property
    def is_plural(self) -> bool:
        """Whether its value is several texts."""
        return self.takes in {"values", "list"}


def declare(option: Option) -> Any:  # noqa: ANN401 - a default, of whatever type the field has
    """A field of :class:`OptionValues` that holds the value of *option*."""
    return option


@dataclass_transform(kw_only_default=True, frozen_default=True)
class OptionValues:
    """The values of options, frozen, made by keywords and compared by their fields.

    Each field of a subclass that is declared with an option is empty until it is given; ``_replace`` makes
    another value. ``repr()`` shows the options that were given, but for what may hold a password.
    """

    options: ClassVar[Mapping[str, Option]] = {}
    """The options by the names of their fields, those of base classes first."""

    _fields: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        own = {name: getattr(cls, name) for name in cls.__annotations__}
        declared = {name: option for name, option in own.items() if isinstance(option, Option)}
        cls.options = MappingProxyType({**cls.options, **declared})
        cls._fields = (*cls._fields, *own)
        for name, option in declared.items():
            setattr(cls, name, option.empty)

    def __init__(self, **values: object) -> None:
        unknown = values.keys() - set(self._fields)
        if unknown:
            raise TypeError(f"{type(self).__name__} has no {', '.join(sorted(unknown))}")
        self.__dict__.update(values)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._values() == other._values()

    def __hash__(self) -> int:
        return hash(tuple(self._values().values()))

    def __repr__(self) -> str:
        given = ((name, self.options[name]) for name in self.__dict__ if name in self.options)
        shown = (f"{name}={getattr(self, name)!r}" for name, option in given if not option.sensitive)
        return f"{type(self).__name__}({', '.join(shown)})"

    def _replace(self, **changes: object) -> Self:
        return type(self)(**{**self.__dict__, **changes})

    def _values(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self._fields}
