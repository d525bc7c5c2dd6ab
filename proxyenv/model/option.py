"""One option of a verb, declared once.

The parser, ``proxyenv.toml``, completion and ``docs/options.md`` are derived from the declaration, so an
option is spelt in one place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

Takes = Literal["value", "values", "list", "yes", "no", "yes-no", "optional-value"]
"""What follows an option.

`value`: one value. `values`: one value, and the option may be repeated. `list`: one value that holds a list.
`yes`, `no`: nothing, and the option means that. `yes-no`: nothing, and `--no-…` means the opposite.
`optional-value`: one of its choices, or nothing.
"""

_METADATA = "option"


class Option(NamedTuple):
    """One option, or one positional argument.

    Args:
        flags: such as ``-y`` and ``--yes``, the long one last; a single name without dashes is a positional
            argument, and no flag at all is a key that only ``proxyenv.toml`` has.
        help: for ``--help``, in a clause without a final period; ``{names}`` stands for *names*.
        takes: what follows it.
        metavar: what stands for the value in ``--help``.
        choices: the only values.
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
    def is_plural(self) -> bool:
        """Whether its value is several texts."""
        return self.takes in {"values", "list"}


def declare(option: Option) -> Any:  # noqa: ANN401 - a default, of whatever type the field has
    """The default of a dataclass's field that holds the value of *option*: nothing said."""
    from dataclasses import field  # the fast path of `env` needs neither

    empty: Any = () if option.takes == "values" or not option.flags else None
    return field(default=empty, repr=not option.sensitive, metadata={_METADATA: option})


def find_options(holder: type) -> Mapping[str, Option]:
    """The options that the fields of a dataclass are declared with, by the name of the field."""
    from dataclasses import fields

    return {each.name: each.metadata[_METADATA] for each in fields(holder) if _METADATA in each.metadata}
