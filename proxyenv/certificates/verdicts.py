"""What Python says to the corporate CAs, from the verdicts in a receipt: nothing is parsed here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.codes import read_family
from proxyenv.model.report import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from proxyenv.model.receipt import AnchorRecord

LENIENT: Final = "3.12"
"""The newest Python that does not follow RFC 5280 strictly; it is always judged too."""

_CAUSES: Final = {"root-missing": "ca-without-root", "signature-wrong": "certificate-damaged"}
"""Lint → cause; every other lint is ``ca-rejected``."""


def list_versions(versions: tuple[str, ...], targets: tuple[str, ...]) -> tuple[str, ...]:
    """The versions of Python that CAs are judged for.

    Args:
        versions: those that run the user's flows, as far as they are known.
        targets: what ``--target-python`` named.
    """
    return tuple(sorted({*versions, *targets, LENIENT}, key=lambda each: (len(each), each)))


def judge_records(
    anchors: Sequence[AnchorRecord], versions: tuple[str, ...], targets: tuple[str, ...] = ()
) -> Iterator[Outcome]:
    """One outcome for each CA and each Python that refuses it.

    A version that refuses every CA is a no. If it accepts one of them, that may be the CA that is in use, and
    the others are a warning.

    Args:
        anchors: with their verdicts.
        versions: those that run the user's flows, as far as they are known.
        targets: what ``--target-python`` named.
    """
    for version in dict.fromkeys((*versions, *targets)):
        refused = [(anchor, code) for anchor in anchors if (code := _find_verdict(anchor, version))]
        who = "which runs your flows" if version in versions else "named by `--target-python`"
        for anchor, code in refused:
            yield Outcome(
                f"ca [{anchor.fingerprint[:16]}, Python {version}]",
                "failed" if len(refused) == len(anchors) else "warning",
                _CAUSES.get(code, "ca-rejected"),
                f"{anchor.subject}: Python {version}, {who}, refuses it: {_explain(code)}",
                _hint(anchor, code),
            )


def _find_verdict(anchor: AnchorRecord, version: str) -> str:
    return dict(anchor.verdicts).get(version, "")


def _explain(code: str) -> str:
    declared = read_family("lints").get(code)
    return declared.meaning if declared else f"`{code}`"  # a newer proxyenv wrote it


def _hint(anchor: AnchorRecord, code: str) -> str:
    declared = read_family("lints").get(code)
    if code == "root-missing" and anchor.issuer:
        return f"ask IT for the root `{anchor.issuer}`, and give it too with `--ca FILE`"
    step = declared.next_step if declared else "`proxyenv refresh` judges it again"
    until = "" if _find_verdict(anchor, LENIENT) else f"; until then use Python {LENIENT}, which accepts it"
    return f"{step}{until}"
