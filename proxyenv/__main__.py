"""``python -m proxyenv`` and the console script ``proxyenv``."""

from __future__ import annotations

import gc
import sys

if __name__ == "__main__" and not sys.flags.safe_path:
    del sys.path[0]  # `-m` puts the working directory there, and nothing is imported from it

_INTERRUPTED = 130
GARBAGE = 50_000
"""How many objects are made before Python looks for cycles: a start makes many, of which few are in one."""


def main() -> int:
    """Run one verb.

    Returns:
        The exit status: 0 success, 1 negative answer, 2 usage, 3 failed, 130 interrupted.
    """
    gc.set_threshold(GARBAGE)
    try:
        from proxyenv.cli import run  # may be interrupted, like all that it imports

        return run(sys.argv[1:])
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return _INTERRUPTED
    finally:
        gc.freeze()  # or Python looks through everything once more before it ends


if __name__ == "__main__":
    sys.exit(main())
