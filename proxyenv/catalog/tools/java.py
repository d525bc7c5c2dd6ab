"""Java: ``JAVA_TOOL_OPTIONS``, which every JVM reads, as one more variable of the env files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.tools.java_options import proxy_properties, require_plain_proxy, trust_properties
from proxyenv.errors import PlanError
from proxyenv.model.target import Variable

if TYPE_CHECKING:
    from proxyenv.catalog.tools.wanted import Wanted

VARIABLE: Final = "JAVA_TOOL_OPTIONS"


def render_variables(wanted: Wanted) -> tuple[Variable, ...]:
    """The variable. It holds no password: the JDK has no property for one.

    Raises:
        PlanError: ``value-unrepresentable``.
    """
    require_plain_proxy(wanted, "java")
    properties = (*proxy_properties(wanted), *trust_properties(wanted))
    value = " ".join(_quote(f"-D{name}={value}") for name, value in properties)
    file = str(wanted.layout.pkcs12) if wanted.has_anchors else None
    return (Variable(VARIABLE, value, file=file),)


def _quote(option: str) -> str:
    """The JVM splits at blanks and knows both quotes, but no escape."""
    if not any(char.isspace() or char in "'\"" for char in option):
        return option
    for quote in "'\"":
        if quote not in option:
            return f"{quote}{option}{quote}"
    raise PlanError("value-unrepresentable", f"`{VARIABLE}` cannot hold both kinds of quotes: {option}")
