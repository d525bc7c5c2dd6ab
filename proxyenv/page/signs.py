"""What stands for a state: a shape and a word, so that colour is never needed."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from proxyenv.page.markup import Markup, element, join

if TYPE_CHECKING:
    from collections.abc import Mapping

HOPS: Final = MappingProxyType(
    {"ok": "works", "failed": "fails", "warning": "warning", "skipped": "not tried"}
)
"""The status of a step → the word for it."""

ANSWERS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {"ok": ("ok", "yes"), "fail": ("failed", "no"), "unknown": ("skipped", "unknown")}
)
"""What a runtime says → status and word."""

COVERAGES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "covered": ("ok", "covered"),
        "source": ("warning", "source the env file"),
        "trust-install": ("warning", "needs the system's store"),
        "configure": ("warning", "needs its own file"),
        "not-covered": ("failed", "not covered"),
    }
)
"""Whether a client is covered → status and words."""

SEVERITIES: Final[Mapping[str, str]] = MappingProxyType(
    {"error": "failed", "warning": "warning", "info": "note"}
)

_SHAPES: Final = MappingProxyType(
    {
        # a disc with a tick
        "ok": (("M8 .5a7.5 7.5 0 1 0 0 15a7.5 7.5 0 0 0 0-15z", "body"), ("M4.5 8.2l2.4 2.4l4.6-5", "mark")),
        # an octagon with a cross
        "failed": (
            ("M5 .8h6l4.2 4.2v6l-4.2 4.2h-6l-4.2-4.2v-6z", "body"),
            ("M5.2 5.2l5.6 5.6m0-5.6l-5.6 5.6", "mark"),
        ),
        # a triangle with an exclamation mark
        "warning": (("M8 .9l7.4 13.6h-14.8z", "body"), ("M8 5.6v4.2m0 2.1v.2", "mark")),
        # a ring, dashed
        "skipped": (("M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13z", "ring"), ("M5 8h6", "mark")),
        # a square with an i
        "note": (("M1 1h14v14h-14z", "body"), ("M8 7v5m0-7.4v.2", "mark")),
        "proxied": (("M8 3a5 5 0 1 0 0 10a5 5 0 0 0 0-10z", "body"),),
        "direct": (("M8 3.2a4.8 4.8 0 1 0 0 9.6a4.8 4.8 0 0 0 0-9.6z", "open"),),
        "error": (
            ("M5 .8h6l4.2 4.2v6l-4.2 4.2h-6l-4.2-4.2v-6z", "body"),
            ("M5.2 5.2l5.6 5.6m0-5.6l-5.6 5.6", "mark"),
        ),
    }
)


def define_signs() -> Markup:
    """All shapes, once for the page."""
    symbols = (
        element(
            "symbol",
            *(element("path", d=path, class_=kind) for path, kind in paths),
            id=f"sign-{name}",
            viewBox="0 0 16 16",
        )
        for name, paths in _SHAPES.items()
    )
    return element("svg", *symbols, class_="symbols", width="0", height="0", aria_hidden="true")


def draw_sign(status: str) -> Markup:
    """The shape alone; a word stands beside it."""
    use = element("use", href=f"#sign-{status}")
    return element("svg", use, class_=f"sign {status}", width="16", height="16", aria_hidden="true")


def badge(status: str, word: str) -> Markup:
    """The shape and the word."""
    return element("span", join((draw_sign(status), element("span", word))), class_=f"badge {status}")
