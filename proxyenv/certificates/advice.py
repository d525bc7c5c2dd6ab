"""What can be done about a CA that a runtime refuses, the best option first.

Switching verification off is not on the list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.codes import read_family
from proxyenv.codes.lints import REISSUE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from proxyenv.model.inspection import Lint, RuntimeVerdict

_NEWEST_LENIENT: Final = "python3.12"
_STRICT: Final = "python3.13"


def find_options(
    findings: Iterable[Lint], verdicts: Iterable[RuntimeVerdict], *, platform: str
) -> tuple[str, ...]:
    """The options, the best first; none where no runtime refuses the path.

    Args:
        findings: the lints of the certificates of one path.
        verdicts: what the runtimes say about it.
        platform: ``sys.platform`` of the machine.
    """
    answers = {verdict.runtime: verdict.answer for verdict in verdicts}
    if "fail" not in answers.values():
        return ()
    return tuple(_options({finding.code for finding in findings}, answers, platform))


def _options(codes: set[str], answers: Mapping[str, str], platform: str) -> Iterator[str]:
    present = [code for name, code in read_family("lints").items() if name in codes]
    steps = [code.next_step for code in present if code.next_step.startswith(REISSUE)]
    if steps:
        yield REISSUE + "; ".join(dict.fromkeys(step.removeprefix(REISSUE) for step in steps))
    yield from (
        code.next_step
        for code in present
        if code.severity == "error" and not code.next_step.startswith(REISSUE)
    )
    if answers.get(_STRICT) == "fail" and answers.get(_NEWEST_LENIENT) == "ok":
        yield "until then use Python 3.12, which does not look at this: `uv python pin 3.12`"
        system = {"win32": "Windows", "darwin": "macOS"}.get(platform)
        where = f"let {system} verify" if system else "on Windows and macOS, let the system verify"
        yield f"{where}: `proxyenv setup --trust truststore`, with the CA in the system's store"
