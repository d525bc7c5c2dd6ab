"""Which words mean yes and which mean no, for each client: they differ, and a wrong word stops nothing.

To npm ``0`` is yes, since every text but ``false`` is; to git it is no. A word that a client refuses, or for
which it falls back on its default, is neither.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class _Words(NamedTuple):
    """How a client reads a word.

    Args:
        true: the words for yes, with blanks between.
        false: those for no.
        empty: what the empty text means.
        otherwise: what every other text means.
        has_case: whether `TRUE` is another word than `true`.
        number: how a number is read: ``git`` with hexadecimal digits and a unit, ``conda`` as a decimal one.
    """

    true: str = ""
    false: str = ""
    empty: bool | None = None
    otherwise: bool | None = None
    has_case: bool = False
    number: str = ""


_WORDS: Final[Mapping[str, _Words]] = {
    # StringToBool in apt-pkg/contrib/strutl.cc; FindB takes an empty value for none
    "apt": _Words("1 yes true with on enable", "0 no false without off disable"),
    # should_disable_connection_verify in azure/cli/core/_debug.py: bool() of the text
    "azure": _Words(empty=False, otherwise=True),
    # converted_value in bundler/settings.rb: to_i of the text, and `false` is no mode at all
    "bundler": _Words(empty=False, number="ruby"),
    # TOML has two words; cargo refuses others
    "cargo": _Words("true", "false", has_case=True),
    # Config::get in Composer: PHP's cast, and the word false
    "composer": _Words(false="false 0", empty=False, otherwise=True, has_case=True),
    # boolify in conda/auxlib/type_coercion.py
    "conda": _Words("true yes on y", "false off n no non none", empty=False, number="conda"),
    # a switch, or the same with `no-` in front: see the format
    "curl": _Words("true", "false", has_case=True),
    # properties.py of the Cloud SDK, _BooleanValidator and GetBool
    "gcloud": _Words("1 true on yes y", "0 false off no n", empty=False),
    # git_parse_maybe_bool in git's parse.c
    "git": _Words("true yes on", "false no off", empty=False, number="git"),
    # strconv.ParseBool in Go
    "helm": _Words("1 t T TRUE true True", "0 f F FALSE false False", has_case=True),
    # node: the variable is compared with "0"
    "node": _Words(false="0", empty=True, otherwise=True, has_case=True),
    # make-fetch-happen: `strictSSL !== false`; measured with npm 11.19.1
    "npm": _Words(false="false", empty=True, otherwise=True, has_case=True),
    # LWP::UserAgent: Perl's truth of a variable that is there
    "perl": _Words(false="0", empty=False, otherwise=True, has_case=True),
    # strtobool in pip/_internal/utils/misc.py
    "pip": _Words("y yes t true on 1", "n no f false off 0"),
    # certificates.NAME.cert: TOML's two words, or else a path
    "poetry": _Words("true", "false"),
    # pydantic's bool; measured with pydantic 2
    "prefect": _Words("y yes t true on 1", "n no f false off 0"),
    # ssl.py of Python 2.7.9 and of distributions: compared with "0"
    "python": _Words(false="0", empty=True, otherwise=True, has_case=True),
    "uv": _Words("true", "false", has_case=True),
    "vscode": _Words("true", "false", has_case=True),
    # cmd_boolean and cmd_check_cert in wget's init.c; measured with wget 1.21.3
    "wget": _Words("on yes 1", "off no 0"),
    # yarn 1: Boolean() of what its parser took for a truth value; measured with yarn 1.22.22
    "yarn": _Words(false="false", empty=False, otherwise=True, has_case=True),
    # parseBoolean in @yarnpkg/core's miscUtils.ts
    "yarn 2": _Words("true 1", "false 0", has_case=True),
}  # fmt: skip


def truthy(client: str) -> Callable[[str], bool]:
    """Whether a value is yes to *client*; what it refuses is not."""
    return lambda value: read_truth(client, value) is True


def falsy(client: str) -> Callable[[str], bool]:
    """Whether a value is no to *client*; what it refuses is not."""
    return lambda value: read_truth(client, value) is False


_DIGITS: Final = r"\d{1,4000}"
"""Python reads no number of more than 4,300."""

_UNITS: Final = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}


def read_truth(client: str, value: str) -> bool | None:
    """What *value* means to *client*, or ``None`` where it is neither yes nor no to it.

    Args:
        client: a tool, or a program whose variables are judged: ``npm``, ``node``, ``prefect``.
        value: without its quotes.

    Raises:
        KeyError: nobody has looked up what that client takes for true.
    """
    words = _WORDS["npm" if client == "pnpm" else client]
    if value == "":
        return words.empty
    word = value if words.has_case else value.lower()
    if word in words.true.split():
        return True
    if word in words.false.split():
        return False
    number = _read_number(value, words.number)
    return words.otherwise if number is None else number != 0


def _read_number(value: str, kind: str) -> float | None:
    if kind == "git":
        matched = re.fullmatch(rf"([+-]?(?:0x[0-9a-f]+|{_DIGITS}))([kmg]?)", value.strip().lower(), re.ASCII)
        return int(matched[1], 16 if "x" in matched[1] else 10) * _UNITS[matched[2]] if matched else None
    if kind == "ruby":
        matched = re.match(rf"\s*([+-]?{_DIGITS})", value, re.ASCII)
        return None if value == "false" else int(matched[1]) if matched else 0
    if kind == "conda":
        digits = value.strip().replace(".", "", 1)
        return float(digits) if digits.isnumeric() and digits.isascii() else None
    return None
