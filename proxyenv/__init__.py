"""Prefect and every other client behind an intercepting proxy.

Importing this package costs nothing: the public names are resolved when they are first used.
"""

TYPE_CHECKING = False  # what type checkers take for true; importing `typing` costs more than all else here

__version__ = "0.1.0"

__all__ = [
    "ProxyenvError",
    "__version__",
    "activate",
    "async_client",
    "async_mounts",
    "client",
    "mounts",
    "ssl_context",
]

if TYPE_CHECKING:
    from proxyenv.api import activate, async_client, async_mounts, client, mounts, ssl_context
    from proxyenv.errors import ProxyenvError


def __getattr__(name: str) -> object:
    if name == "ProxyenvError":
        from proxyenv import errors as module
    elif name in __all__:
        from proxyenv import api as module  # type: ignore[no-redef]
    else:
        message = f"module `proxyenv` has no attribute `{name}`"
        raise AttributeError(message)
    return getattr(module, name)
