"""``proxyenv demo``: all of it on this machine alone, in a throw-away home."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from proxyenv.commands.command import Command, Reply
from proxyenv.demo.run import run_demo
from proxyenv.demo.serve import serve_demo
from proxyenv.model.option import Option

if TYPE_CHECKING:
    from proxyenv.commands.command import Session


@dataclass(frozen=True, slots=True)
class DemoStep:
    """One step of the demonstration.

    Args:
        name: what was done, as a phrase.
        ok: whether it held; a step that was skipped did not fail.
        detail: the evidence, or what went wrong.
    """

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What the demonstration showed.

    Args:
        steps: in their order.
    """

    steps: tuple[DemoStep, ...]


def run(session: Session) -> Reply:
    """Play the main job from beginning to end, or keep what it needs running; status 1 where a step fails.

    Raises:
        VerifyError: ``demo-tool-missing``.
    """
    tools = Path(session.options.tools) if session.options.tools else None
    keep, say = bool(session.options.keep), session.terminal.remark
    if session.options.serve:
        show = session.terminal.show if session.options.output == "text" else say
        made = serve_demo(tools=tools, keep=keep, say=say, show=show)
    else:
        made = run_demo(tools=tools, keep=keep, say=say)
    steps = tuple(DemoStep(each.name, each.ok, each.detail) for each in made)
    width = max(len(step.name) for step in steps)
    lines = (f"{_mark(session, ok=step.ok)} {step.name:<{width}}  {step.detail}" for step in steps)
    return Reply(DemoResult(steps), lines, "ok" if all(step.ok for step in steps) else "failed")


def _mark(session: Session, *, ok: bool) -> str:
    status = "ok" if ok else "failed"
    return session.paint(f"{status:<7}", status)


_OPTIONS = {
    "tools": Option(("--tools",), "keep mitmproxy's environment in DIR, for the next time", metavar="DIR"),
    "serve": Option(
        ("--serve",),
        "keep the proxy, the origin and the Prefect server running until Ctrl-C, and say what to type",
        takes="yes",
    ),
    "keep": Option(("--keep",), "do not remove the throw-away home", takes="yes"),
}

COMMANDS = {"demo": Command(run, DemoResult, _OPTIONS)}
