"""``python -m proxyenv`` and the console script ``proxyenv``."""

from __future__ import annotations

import sys


def main() -> int:
    """Run one verb.

    Returns:
        The exit status: 0 done or yes, 1 no, 2 usage, 3 it could not be done, 130 interrupted.
    """
    arguments = sys.argv[1:]
    if arguments[:1] == ["env"]:
        # A prompt or a script may ask for it every time, so it pays for nothing but itself.
        from proxyenv.cli.env import print_exports

        status = print_exports(arguments[1:])
        if status is not None:
            return status
    _forgo_truststore()
    from proxyenv.cli.main import run

    return run(arguments)


def _forgo_truststore() -> None:
    """Keep Python's own contexts in this process, where the environment has our hook.

    Every context here verifies against the roots that it is given and no others; truststore would add the
    operating system's.
    """
    sys.meta_path[:] = [finder for finder in sys.meta_path if not hasattr(finder, "proxyenv")]
    truststore = sys.modules.get("truststore")
    if truststore is not None:  # something that is read at the start imported ssl
        truststore.extract_from_ssl()


if __name__ == "__main__":
    sys.exit(main())
