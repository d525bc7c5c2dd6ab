"""Runs one verb: arguments in, text or JSON out, an exit status back."""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from proxyenv import operations
from proxyenv.cli import envelope, text
from proxyenv.cli.arguments import build_parser
from proxyenv.cli.clients import run_client_env, run_clients
from proxyenv.cli.exports import read_exports
from proxyenv.cli.options import read_request
from proxyenv.cli.run import run_command, split_command
from proxyenv.cli.session import Result, Session
from proxyenv.cli.terminal import Terminal
from proxyenv.cli.trust import run_trust
from proxyenv.cli.trust_consent import offer, settle
from proxyenv.errors import AmbiguityError, ProxyenvError, TrustError, UsageError
from proxyenv.machine.distributions import require_no_other

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from proxyenv.model.plan import Plan
    from proxyenv.model.report import Report
    from proxyenv.model.request import Request

_INTERRUPTED = 130
_SIGNALLED = 128  # plus the number of the signal, as a shell says it
_BUG = "this is a bug in proxyenv; please report it with the lines above, which may hold values of yours"


def run(arguments: list[str]) -> int:
    """Run one verb and say what came of it.

    Args:
        arguments: the command line without the program's name.

    Returns:
        The exit status.
    """
    _clean_up_when_ended()
    arguments, command = split_command(arguments)
    as_json = "json" in arguments or "--output=json" in arguments
    verb = next((argument for argument in arguments if argument in _VERBS), "")
    try:
        options = build_parser().parse_args(arguments, argparse.Namespace(words=command))
        as_json, verb = getattr(options, "output", "text") == "json", _command(options)
        require_no_other()
        result = _VERBS[options.verb](_session(options))
        _print(envelope.render_envelope(verb, **_fields(result)) if as_json else "\n".join(result.lines))
    except ProxyenvError as error:
        return _fail(error, verb, as_json=as_json)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return _INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has enough of it; Python would complain once more when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception:  # noqa: BLE001 - the border: whatever is not a ProxyenvError is a bug, and is shown whole
        sys.excepthook(*sys.exc_info())
        return _fail(ProxyenvError("bug", _BUG), verb, as_json=as_json)
    return result.exit_code


def _command(options: argparse.Namespace) -> str:
    """The verb, and its command where it has some: ``trust inspect``."""
    return " ".join(filter(None, (options.verb, getattr(options, "command", None))))


def _clean_up_when_ended() -> None:
    """Let a plain end by signal unwind as an interrupt does, so that children and half-written files go."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)


def _end(number: int, _frame: object) -> None:
    raise SystemExit(_SIGNALLED + number)


def _fields(result: Result) -> dict[str, Any]:
    return {"status": result.status, "exit_code": result.exit_code, "data": result.data}


def _print(words: str) -> None:
    if words and sys.stdout is not None:
        sys.stdout.write(words + "\n")
        sys.stdout.flush()


def _fail(error: ProxyenvError, verb: str, *, as_json: bool) -> int:
    if as_json:
        _print(
            envelope.render_envelope(
                verb, status="error", exit_code=error.exit_status, data={}, errors=(error,)
            )
        )
    for line in text.render_error(error, lambda words, _: words):
        print(line, file=sys.stderr)
    return error.exit_status


def _session(options: argparse.Namespace) -> Session:
    given = vars(options)
    host = operations.read_host(given.get("prefix"))
    terminal = Terminal(
        color=given.get("color", "auto"),
        quiet=given.get("quiet", False),
        verbose=given.get("verbose", False),
        environment=host.environment,
    )
    return Session(options, host, terminal, datetime.now(UTC))


# Verbs


def _setup(session: Session) -> Result:
    request, plan = _plan(session, read_request(session.options))
    if session.options.dry_run:
        return _changes(session, plan)
    better = offer(session, request, plan)
    if better is not None:
        request, plan = _plan(session, better)
    applied = _apply(session, plan, "proxyenv will set up this machine:")
    if applied is None:
        return _declined()
    data: dict[str, Any] = {"changes": envelope.changes_data(plan.pending)}
    status = "changed" if plan.pending else "ok"
    if not plan.pending:
        session.terminal.remark("nothing to change: this machine is set up already")
    else:
        session.terminal.remark(
            f"done; for this shell: . {shlex.quote(str(session.host.layout.env_file('sh')))}"
        )
    if session.options.no_check:
        return Result(status, 0, data)
    report = operations.check(session.host, urls=request.urls, progress=session.terminal.progress)
    data["report"] = envelope.report_data(report)
    if not report.passed:
        session.terminal.remark("the check says no; what was written stays until `proxyenv uninstall`")
        status = "failed"
    return Result(status, 0 if report.passed else 1, data, _report_lines(session, report))


def _uninstall(session: Session) -> Result:
    plan = operations.plan_removal(session.host)
    if session.options.dry_run:
        return _changes(session, plan)
    if _apply(session, plan, "proxyenv will put back:") is None:
        return _declined()
    if not plan.pending:
        for note in plan.notes:
            session.terminal.remark(f"note: {note}")
        session.terminal.remark("nothing is left to put back" if plan.notes else "nothing was set up here")
    return Result("changed" if plan.pending else "ok", 0, {"changes": envelope.changes_data(plan.pending)})


def _diff(session: Session) -> Result:
    _, plan = _plan(session, read_request(session.options))
    return _changes(session, plan)._replace(exit_code=1 if plan.pending else 0)


def _changes(session: Session, plan: Plan) -> Result:
    for note in plan.notes:
        session.terminal.remark(f"note: {note}")
    if not plan.pending:
        session.terminal.remark("nothing to change")
    data = {"changes": envelope.changes_data(plan.pending)}
    return Result(
        "changed" if plan.pending else "ok", 0, data, text.render_diff(plan.pending, session.host.home)
    )


def _discover(session: Session) -> Result:
    findings = operations.discover(session.host, read_request(session.options), now=session.now)
    return Result("ok", 0, envelope.findings_data(findings), text.render_findings(findings))


def _status(session: Session) -> Result:
    return _answer(session, operations.status(session.host, now=session.now))


def _check(session: Session) -> Result:
    urls = tuple(session.options.urls)
    return _answer(session, operations.check(session.host, urls=urls, progress=session.terminal.progress))


def _answer(session: Session, report: Report) -> Result:
    status, exit_code = ("ok", 0) if report.passed else ("failed", 1)
    return Result(status, exit_code, {"report": envelope.report_data(report)}, _report_lines(session, report))


def _report_lines(session: Session, report: Report) -> Iterable[str]:
    return text.render_report(report, session.paint, verbose=session.terminal.verbose)


def _routes(session: Session) -> Result:
    from proxyenv.cli.routes import render_routes, routes_data

    options = session.options
    answer = operations.routes(
        session.host, tuple(options.hosts), env_file=options.env_file, no_proxy=options.no_proxy
    )
    for mistake in answer.mistakes:
        session.terminal.remark(f"note: {text.printable(str(mistake))}")
    if not answer.proxied:
        session.terminal.remark("no variable names a proxy here: all clients go direct")
    agreed = not answer.table.differences
    status, exit_code = ("ok", 0) if agreed else ("failed", 1)
    lines = render_routes(answer, session.paint, explain=options.explain)
    return Result(status, exit_code, routes_data(answer), lines)


def _env(session: Session) -> Result:
    """The long way, for what the short one leaves: other options, no such dialect, nothing installed."""
    if session.options.client:
        return run_client_env(session)
    exports = read_exports(session).removesuffix("\n")
    return Result("ok", 0, {"exports": exports}, (exports,))


def _run(session: Session) -> Result:
    return run_command(session, session.options.words)


def _demo(session: Session) -> Result:
    from proxyenv.demo.run import run_demo

    tools = Path(session.options.tools) if getattr(session.options, "tools", None) else None
    steps = run_demo(tools=tools, keep=session.options.keep, say=session.terminal.remark)
    failed = any(not step.ok for step in steps)
    data = {"steps": [{"name": step.name, "ok": step.ok, "detail": step.detail} for step in steps]}
    width = max(len(step.name) for step in steps)
    lines = (f"{_mark(session, ok=step.ok)} {step.name:<{width}}  {step.detail}" for step in steps)
    return Result("failed" if failed else "ok", int(failed), data, lines)


def _mark(session: Session, *, ok: bool) -> str:
    status = "ok" if ok else "failed"
    return session.paint(f"{status:<7}", status)


# Planning, asking, applying


def _plan(session: Session, request: Request) -> tuple[Request, Plan]:
    """The plan; what is ambiguous becomes a question where somebody can answer it."""
    while True:
        try:
            return request, operations.plan_setup(session.host, request, now=session.now)
        except AmbiguityError as error:
            if not session.terminal.can_ask or getattr(session.options, "yes", False):
                raise
            index = session.terminal.choose(error.message, error.choices, hint=error.hint)
            request = _settle(request, error.option, error.answers[index])
        except TrustError as error:
            request = settle(session, request, error)


def _settle(request: Request, option: str, answer: str) -> Request:
    if option == "--http-proxy":
        return replace(request, http_proxy=answer)
    return replace(request, https_proxy=answer)


def _apply(session: Session, plan: Plan, heading: str) -> bool | None:
    """Show, ask once, and write; ``None`` when the answer was no."""
    if plan.pending:
        session.terminal.remark(session.paint_remark(heading, "bold"))
        for line in text.render_plan(plan, session.host.home, session.paint_remark):
            session.terminal.remark(line)
    if plan.pending and not session.options.yes:
        if not session.terminal.can_ask:
            raise UsageError(
                "confirmation-required",
                "there is no terminal to ask on, and `--yes` was not given",
                hint="`--yes` goes ahead without asking, `--dry-run` only shows",
            )
        if not session.terminal.confirm("Go ahead?"):
            return None
    operations.apply_plan(plan)
    return True


def _declined() -> Result:
    return Result("failed", 1, {"changes": []}, ("nothing was changed",))


_VERBS: dict[str, Callable[[Session], Result]] = {
    "setup": _setup,
    "refresh": _setup,
    "discover": _discover,
    "diff": _diff,
    "status": _status,
    "uninstall": _uninstall,
    "env": _env,
    "run": _run,
    "clients": run_clients,
    "check": _check,
    "routes": _routes,
    "trust": run_trust,
    "demo": _demo,
}
