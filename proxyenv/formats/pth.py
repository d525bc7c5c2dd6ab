"""The ``.pth`` file by which every ``import ssl`` of an environment gets truststore's contexts.

Python reads it at every start, also under ``-I``, so it may cost next to nothing: one line puts a finder
on ``sys.meta_path`` that says no to every module but ``ssl``. What it does then is a text until it is
needed, since compiling it would cost more than all the rest. A module beside the file would
leave its bytecode behind.
"""

from __future__ import annotations

from typing import Final

HOOK_FILE: Final = "proxyenv-truststore.pth"
"""The name of the file in site-packages."""

LIBRARIES: Final = frozenset({"site-packages", "dist-packages"})
"""What the directory is called in which a Python has its libraries; the second is Debian's name."""

MARK: Final = "proxyenv"
"""The attribute by which our finder is known: a virtual environment's files are read twice."""

LATE: Final = '''\
import sys

class Loader:
    """The real loader of ssl; once it has run, contexts are truststore's."""

    def __init__(self, loader):
        self.loader = loader

    def __getattr__(self, name):
        return getattr(self.loader, name)

    def exec_module(self, module):
        module.__spec__.loader = module.__loader__ = self.loader
        sys.meta_path[:] = [finder for finder in sys.meta_path if not hasattr(finder, "proxyenv")]
        self.loader.exec_module(module)
        if "pip" in sys.modules:  # it brings truststore itself, and two of them call each other without end
            return
        try:
            from truststore import SSLContext
        except Exception:  # not installed, or broken: ssl stays as it was, and `proxyenv check` says so
            return
        module.SSLContext = SSLContext

def find_spec(name, path, target):
    for finder in sys.meta_path:
        find = None if hasattr(finder, "proxyenv") else getattr(finder, "find_spec", None)
        spec = find and find(name, path, target)
        if spec:
            spec.loader = Loader(spec.loader)
            return spec
'''
"""What is run when ``ssl`` is first looked for. ``truststore.inject_into_ssl`` is not called: it would import
urllib3 and requests, which take their contexts from ``ssl`` anyway when they come later."""

_HEADER: Final = """\
# Written by proxyenv: `import ssl` goes through truststore in this environment.
# `proxyenv uninstall` removes it.
"""


def render_hook() -> str:
    """The text of :data:`HOOK_FILE`."""
    finder = (
        f"type(sys.implementation)({MARK}=True, find_spec=lambda name, path=None, target=None: "
        f"None if name != 'ssl' else exec({LATE!r}, scope := {{}}) or scope['find_spec'](name, path, target))"
    )
    return f"{_HEADER}import sys; sys.meta_path.insert(0, {finder})\n"
