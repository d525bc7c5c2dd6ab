"""``python -m proxyenv`` and the console script ``proxyenv``.

Up to the first line of :func:`main` nothing is imported that Python has to look for.
"""

import gc
import os
import sys

if __name__ == "__main__" and not sys.flags.safe_path:
    del sys.path[0]  # `-m` puts the working directory there, and nothing is imported from it

_INTERRUPTED = 130
_ROOT = os.path.dirname(os.path.dirname(__file__))  # noqa: PTH120 - pathlib would be looked for
GARBAGE = 50_000
"""How many objects are made before Python looks for cycles: a start makes many, of which few are in one."""


def main() -> int:
    """Run one verb.

    Returns:
        The exit status: 0 success, 1 negative answer, 2 usage, 3 failed, 130 interrupted.
    """
    gc.set_threshold(GARBAGE)
    if os.environ.get("PYTHONPATH"):
        _leave_relative_entries(os.environ["PYTHONPATH"])
    try:
        from proxyenv.cli import run  # may be interrupted, like all that it imports

        return run(sys.argv[1:])
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return _INTERRUPTED
    finally:
        gc.freeze()  # or Python looks through everything once more before it ends


def _leave_relative_entries(given: str) -> None:
    """Import nothing from relative or empty entries of ``PYTHONPATH``, which name another place everywhere.

    Python has made absolute ones of them. The directory that this package itself is imported from stays: who
    could write there wrote what runs already, and what it needs may lie beside it.
    """
    entries = given.split(os.pathsep)
    named = {os.path.normpath(entry) for entry in entries if os.path.isabs(entry)}  # noqa: PTH117 - as above
    try:
        relative = {os.path.abspath(entry) for entry in entries if not os.path.isabs(entry)}  # noqa: PTH100, PTH117
    except OSError:  # the directory was removed, and nothing is left in it
        return
    left = relative - named - {_ROOT}
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) not in left]  # noqa: PTH100


if __name__ == "__main__":
    sys.exit(main())
