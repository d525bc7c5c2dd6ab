"""The demonstration kept running: a shell of its user, and what to type there."""

from __future__ import annotations

import shlex
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from proxyenv.demo.stage import API_URL, ORIGIN_NAME, ending_in_order, set_stage
from proxyenv.demo.step import AbandonedError, Recorder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from proxyenv.demo.stage import Stage
    from proxyenv.demo.step import Step

_URL: Final = f"{ORIGIN_NAME}/uuid"

COMMANDS: Final = (
    (f"curl http://{_URL}", "nobody here knows this name"),
    (f"curl --proxy $PROXY http://{_URL}", "but the proxy does"),
    (f"curl --proxy $PROXY https://{_URL}", "and signs with a CA that nobody trusts"),
    (f"curl --proxy $PROXY --cacert $CA https://{_URL}", "unless told to"),
    ("tail -n 1 $LOG", "what the proxy saw"),
    (f"proxyenv setup --proxy $PROXY --ca $CA --api-url {API_URL} --url https://{_URL}", "all of it at once"),
)
"""What may be typed in that shell, and why."""

_SHELL: Final = """\
#!/bin/sh
# A shell of the demonstration's user: without the proxies and CAs of this machine, and apart from your home.
cd {home} || exit
exec env -i TERM="${{TERM:-dumb}}" LANG="${{LANG:-C.UTF-8}}" SHELL=/bin/sh HOME={home} PATH={tools}:"$PATH" \\
    PROXY={proxy} CA={ca} LOG={log} sh "$@"
"""


_IDLE: Final = 3600.0
"""Seconds of one sleep; an interrupt ends it."""


def serve_demo(
    *, tools: Path | None, keep: bool, say: Callable[[str], None], show: Callable[[str], None]
) -> tuple[Step, ...]:
    """Keep the proxy, the origin and the Prefect server running, to be tried by hand, until Ctrl-C.

    Args:
        tools: where mitmproxy's environment is kept between runs; ``None`` makes a new one and removes it.
        keep: leave the throw-away directory for a look at it.
        say: gets a line for whatever begins or ends.
        show: gets what to type in another terminal, once everything runs.

    Returns:
        What was started, in order.

    Raises:
        VerifyError: this machine cannot run the demonstration (``demo-tool-missing``).
        KeyboardInterrupt: it was interrupted before everything ran.
    """
    recorder = Recorder(say)
    try:
        with ending_in_order(), set_stage(recorder, tools=tools, keep=keep) as stage:
            show(render_guide(write_shell(stage)))
            with suppress(KeyboardInterrupt):
                while True:
                    time.sleep(_IDLE)
    except AbandonedError:
        say("the other steps need that one")
    return tuple(recorder.steps)


def write_shell(stage: Stage) -> Path:
    """Write the program that starts a shell of the demonstration's user.

    ``PROXY``, ``CA`` and ``LOG`` are set there; ``python`` and ``proxyenv`` are those that run here.

    Returns:
        The program.
    """
    tools = stage.root / "bin"
    tools.mkdir()
    python = shlex.quote(sys.executable)
    for name, command in (("python", python), ("proxyenv", f"{python} -m proxyenv")):
        _write_program(tools / name, f'#!/bin/sh\nexec {command} "$@"\n')
    values = {
        "home": stage.home,
        "tools": tools,
        "proxy": f"localhost:{stage.proxy.port}",
        "ca": stage.proxy.ca,
        "log": stage.proxy.log,
    }
    quoted = {name: shlex.quote(str(value)) for name, value in values.items()}
    return _write_program(stage.root / "shell", _SHELL.format(**quoted))


def render_guide(shell: Path) -> str:
    """What to type, as text."""
    width = max(len(command) for command, _ in COMMANDS[:-1])
    return "\n".join(
        (
            "",
            "Everything runs until Ctrl-C. In another terminal, start a shell of the demonstration's user:",
            "",
            f"    {shlex.quote(str(shell))}",
            "",
            "and there, for example:",
            "",
            *(f"    {command:<{width}}  # {reason}" for command, reason in COMMANDS),
            "",
            "What is written there is below its own home, which goes with everything else.",
        )
    )


def _write_program(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    path.chmod(0o755)
    return path
