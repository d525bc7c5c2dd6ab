"""Arguments to a command, its result to text or JSON, an error to an exit status.

Nothing else prints or exits. Whatever takes time to import is imported where it is needed.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # what type checkers take for true; importing `typing` takes a third of a start

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import SimpleNamespace
    from typing import IO, AnyStr, TextIO

    from proxyenv.commands.command import Reply, Session
    from proxyenv.errors import ProxyenvError

VERSION = 1
"""Of the JSON document."""

_FAILED = 3
_INTERRUPTED = 130
_SIGNALLED = 128  # plus the number of the signal, as a shell says it
_BUG = "this is a bug in proxyenv; please report it with the lines above, which may hold private values"
_NO_MEMORY = "error[out-of-resources]: the system gives no more memory\n"


def run(arguments: list[str]) -> int:
    """Run one verb and print its result.

    Args:
        arguments: the command line without the program's name.

    Returns:
        The exit status: 0 success, 1 negative answer, 2 usage, 3 failed, 130 interrupted.
    """
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        return _interrupt()
    except (MemoryError, ImportError, OSError, SystemError):
        _complain(_NO_MEMORY)  # not even what explains an error could be loaded
        return _FAILED
    finally:
        _drop_unwritten(sys.stdout)
        _drop_unwritten(sys.stderr)


def _run(arguments: list[str]) -> int:
    try:
        if arguments[:1] == ["--version"]:
            from proxyenv import __version__

            _print(f"proxyenv {__version__}")
            return 0
        if arguments[:1] == ["env"] and _print_exports(arguments[1:]):
            return 0
        return _answer_or_fail(arguments)
    except BrokenPipeError:
        return 0  # whoever read it has enough of it
    except Exception as error:  # noqa: BLE001 - the border
        return _fail(_explain(error, ""), "", as_json=False)


def _print_exports(arguments: list[str]) -> bool:
    """The short way of ``env``: a prompt or a script may ask for it every time."""
    from proxyenv.commands.exports import find_exports

    exports = find_exports(arguments)
    if exports is None:
        return False
    _put(sys.stdout.buffer, exports)
    return True


def _asks_for_json(arguments: Sequence[str]) -> bool:
    """Whether the answer is JSON, also where the rest of the command line cannot be understood."""
    after = arguments[arguments.index("--output") + 1 :] if "--output" in arguments else ()
    return "--output=json" in arguments or tuple(after[:1]) == ("json",)


def _answer_or_fail(arguments: list[str]) -> int:
    from proxyenv.commands.arguments import find_verb, read_arguments, split_command
    from proxyenv.errors import ProxyenvError, TextAsked

    _forgo_truststore()
    _clean_up_when_ended()
    given, command = split_command(arguments)
    verb, as_json = find_verb(given)[0], _asks_for_json(given)
    try:
        verb, options = read_arguments(given, command)
        as_json = options.output == "json"
        reply = _answer(verb, options)
        _print_reply(verb, reply, options)
    except TextAsked as asked:
        _print(asked.text)
        return 0
    except ProxyenvError as error:
        _hide_credentials(error, arguments)
        if "--system" in given and error.hint:
            error.hint = _name_system(error.hint)
        return _fail(error, verb, as_json=as_json)
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - the border
        return _fail(_explain(error, verb), verb, as_json=as_json)
    return reply.exit_code


def _interrupt() -> int:
    _complain("interrupted\n")
    return _INTERRUPTED


def _explain(error: Exception, verb: str) -> ProxyenvError:
    """What to say of an error that is no :class:`ProxyenvError`; a bug is shown whole."""
    from proxyenv.commands.foreign_error import find_foreign_error
    from proxyenv.errors import ProxyenvError

    found = find_foreign_error(error, verb)
    if found is None:
        sys.excepthook(type(error), error, error.__traceback__)
        return ProxyenvError("bug", _BUG)
    error.__traceback__ = None  # what it holds may be what took all the memory
    return found


def _answer(verb: str, options: SimpleNamespace) -> Reply:
    from proxyenv.commands import load_command
    from proxyenv.machine.distributions import require_no_other

    require_no_other()
    if not verb:
        from proxyenv.commands.overview import run

        return run(_open_session(verb, options))
    return load_command(verb).run(_open_session(verb, options))


def _open_session(verb: str, options: SimpleNamespace) -> Session:
    import io
    from datetime import UTC, datetime

    from proxyenv.commands.command import Memory, Session
    from proxyenv.commands.terminal import Terminal
    from proxyenv.machine.host import read_host

    for_all = bool(getattr(options, "system", None))
    named = tuple(value for name, value in vars(options).items() if name.endswith("_env") and value)
    host = read_host(options.prefix, for_all=for_all, kept=named)
    terminal = Terminal(
        color=options.color,
        quiet=options.quiet,
        verbose=options.verbose,
        environment=host.environment,
        answers=sys.stdin,
        results=sys.stdout or io.StringIO(),  # Python has None for a stream that is closed
        remarks=sys.stderr or io.StringIO(),
        read_password=_read_password,
        rewrite=_name_system if for_all else str,
    )
    return Session(verb, options, host, terminal, datetime.now(UTC), Memory())


def _name_system(text: str) -> str:
    from proxyenv.commands.for_all import name_system

    return name_system(text)


def _read_password(prompt: str) -> str:
    import getpass

    try:
        return getpass.getpass(prompt, stream=sys.stderr)
    except EOFError:
        return ""


def _print_reply(verb: str, reply: Reply, options: SimpleNamespace) -> None:
    """Print what a verb answers.

    Raises:
        ProxyenvError: it cannot be written, and what the verb had to change is changed.
        OSError: it cannot be written, and nothing was to be changed.
    """
    try:
        _render_reply(verb, reply, options.output)
    except BrokenPipeError:
        raise
    except OSError as error:
        if not reply.has_changed or getattr(options, "dry_run", True):
            raise
        from proxyenv.commands.foreign_error import explain_unsaid

        raise explain_unsaid(error, verb) from error


def _render_reply(verb: str, reply: Reply, output: str) -> None:
    from proxyenv.commands import load_command
    from proxyenv.commands.command import to_data

    if output in reply.documents:
        _print(reply.documents[output]())
    elif output != "json":
        _print("\n".join(reply.lines))
    elif reply.result is not None:
        data = to_data(reply.result)
        changed = reply.has_changed if "dry_run" in load_command(verb).options else None
        status, code = reply.status, reply.exit_code
        _print(render_envelope(verb, status=status, exit_code=code, changed=changed, data=data))


def _hide_credentials(error: ProxyenvError, arguments: Sequence[str]) -> None:
    """Take out of an error what was typed as a password or a token, wherever a URL was typed that has one."""
    risky = [argument for argument in arguments if any(sign in argument for sign in "@:?#%\uff20\ufe6b")]
    if risky:
        from proxyenv.model.shown import hide_credentials, names_image

        words = [word for word in risky if arguments[0] != "image" or not names_image(word)]
        error.message = hide_credentials(error.message, words)
        error.hint = error.hint and hide_credentials(error.hint, words)


def _fail(error: ProxyenvError, verb: str, *, as_json: bool) -> int:
    from proxyenv.commands.terminal import render_error

    status = error.exit_status
    if as_json:
        try:
            _print(render_envelope(verb, status="error", exit_code=status, data={}, errors=(error,)))
        except OSError:
            as_json = False  # it is said on standard error alone
    _complain("".join(f"{line}\n" for line in _fold(render_error(error))))
    return status


def _complain(text: str) -> None:
    """Say what went wrong, where anybody can hear it."""
    try:
        if sys.stderr is not None:
            sys.stderr.write(text)
            sys.stderr.flush()
    except OSError:
        return


def _drop_unwritten(stream: TextIO | None) -> None:
    """Let go of what cannot be written: Python would complain once more when it flushes at its end."""
    if stream is None:
        return
    try:
        stream.flush()
    except OSError:
        import os

        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _fold(lines: Iterable[str]) -> Iterable[str]:
    """The same for whoever looks at a terminal: broken between words."""
    if not (sys.stderr and sys.stderr.isatty()):
        return lines
    try:
        from proxyenv.commands.screen import fold
    except ModuleNotFoundError:  # it may be what the error is about
        return lines
    from shutil import get_terminal_size

    width = get_terminal_size().columns
    return (part for line in lines for part in fold(line, width, whole=True))


def render_envelope(  # noqa: PLR0913 - the keys of the document
    command: str,
    *,
    status: str,
    exit_code: int,
    data: object,
    changed: bool | None = None,
    errors: tuple[ProxyenvError, ...] = (),
) -> str:
    """The JSON document that scripts read, keys in a fixed order; *changed* only of verbs that write."""
    import json

    complaints = [{"code": each.code, "message": each.message, "hint": each.hint} for each in errors]
    document = {
        "proxyenv": VERSION,
        "command": command,
        "status": status,
        "exit_code": exit_code,
        **({} if changed is None else {"changed": changed}),
        "data": data,
        "errors": complaints,
    }
    return json.dumps(document, indent=2, ensure_ascii=True)


def _print(words: str) -> None:
    if words and sys.stdout is not None:
        _put(sys.stdout, words + "\n")


def _put(stream: IO[AnyStr], words: AnyStr) -> None:
    """Write and flush.

    Raises:
        OSError: standard output takes no more, by its name.
    """
    try:
        stream.write(words)
        stream.flush()
        _require_kept(stream)
    except OSError as error:
        raise OSError(error.errno, error.strerror, "standard output") from error


def _require_kept(stream: IO[AnyStr]) -> None:
    """Hear what a network drive, or one with a quota, says of a file only when that is closed."""
    import os

    if sys.__stdout__ is not None and stream in {sys.__stdout__, sys.__stdout__.buffer}:
        os.close(os.dup(stream.fileno()))


def _clean_up_when_ended() -> None:
    """Turn SIGTERM and SIGHUP into SystemExit, so that clean-up runs."""
    import signal

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)


def _end(number: int, _frame: object) -> None:
    raise SystemExit(_SIGNALLED + number)


def _forgo_truststore() -> None:
    """Keep Python's own contexts in this process, where the environment has our hook.

    Every context here verifies against the roots that it is given and no others; truststore would add the
    operating system's.
    """
    sys.meta_path[:] = [finder for finder in sys.meta_path if not hasattr(finder, "proxyenv")]
    truststore = sys.modules.get("truststore")
    if truststore is not None:  # something that is read at the start imported ssl
        truststore.extract_from_ssl()
