"""Writes the manual page's sections on verbs and options, in the language of man(7)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from proxyenv.commands import VERBS, load_command
from proxyenv.commands.arguments import COMMON
from proxyenv.commands.parser import render_help

if TYPE_CHECKING:
    from collections.abc import Iterable

    from proxyenv.model.option import Option

END = '.\\" '
"""Before the mark that ends a section, which is a comment there."""


def render_verbs() -> str:
    """What each verb does, and its own options."""
    parts = []
    for verb, (module, summary) in VERBS.items():
        if not module:
            continue
        options = load_command(verb).options.values()
        shown = [option for option in options if option.flags and not option.hidden]
        places = "".join(f" {each.metavar or each.flag}" for each in shown if each.is_positional)
        dashes = " [\\fIOPTION\\fR ...]" if any(not each.is_positional for each in shown) else ""
        parts.append(
            f'.SS "\\fBproxyenv {verb}\\fR{dashes}{escape(places)}"\n{escape(as_sentence(summary))}\n'
        )
        parts.append(render_options(shown))
    return "".join(parts) + END


def render_common() -> str:
    """The options of every verb."""
    return render_options(COMMON.values()) + END


def render_options(options: Iterable[Option]) -> str:
    """Each option with what it means, as tagged paragraphs."""
    return "".join(
        f".TP\n{render_flags(each)}\n{escape(as_sentence(render_help(each)))}\n" for each in options
    )


def render_flags(option: Option) -> str:
    """The flags of an option in bold, and what follows them."""
    flags, value = spell(option)
    shown = ", ".join(f"\\fB{escape(flag)}\\fR" for flag in flags)
    return f"{shown} \\fI{escape(value)}\\fR".strip() if value else shown


def spell(option: Option) -> tuple[tuple[str, ...], str]:
    """The flags of an option, none for a positional argument, and what stands for its value."""
    value = option.metavar or "|".join(option.choices)
    if option.is_positional:
        return (), option.metavar or option.flag
    if option.takes == "optional-value":
        value = f"[{value}]"
    no = (option.flag.replace("--", "--no-", 1),) if option.takes == "yes-no" else ()
    return (*option.flags, *no), value


def as_sentence(clause: str) -> str:
    """A clause of the help as a sentence."""
    return f"{clause[0].upper()}{clause[1:]}."


def escape(text: str) -> str:
    """*text* as man(7) has to have it, with what stands in backticks in bold."""
    plain = text.replace("\\", "\\e").replace("-", "\\-").replace("|", "|\\:")
    bold = re.sub(r"`([^`]+)`", r"\\fB\1\\fR", plain)
    return f"\\&{bold}" if bold.startswith((".", "'")) else bold
