"""The registry of Windows, and its own answer to what the proxy is. It was not run there.

Source: Microsoft's documentation of ``WinHttpGetIEProxyConfigForCurrentUser``, whose strings the caller frees
with ``GlobalFree``, and of ``WinHttpGetDefaultProxyConfiguration``; Python's ``winreg``.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from proxyenv.model.windows import WindowsProxy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxyenv.model.windows import Whose

if sys.platform == "win32":
    import ctypes
    import winreg
    from contextlib import suppress

    _HIVES = {"HKCU": winreg.HKEY_CURRENT_USER, "HKLM": winreg.HKEY_LOCAL_MACHINE}
    _NAMED_PROXY = 3
    _LONGEST = 65536

    class _UserAnswer(ctypes.Structure):
        """``WINHTTP_CURRENT_USER_IE_PROXY_CONFIG``."""

        _fields_ = (
            ("detects", ctypes.c_int),
            ("script", ctypes.c_void_p),
            ("proxy", ctypes.c_void_p),
            ("bypass", ctypes.c_void_p),
        )

    class _ServiceAnswer(ctypes.Structure):
        """``WINHTTP_PROXY_INFO``."""

        _fields_ = (
            ("access", ctypes.c_uint32),
            ("proxy", ctypes.c_void_p),
            ("bypass", ctypes.c_void_p),
        )

    def read_registry(key: str) -> Mapping[str, str | int]:
        """The texts and numbers of a key, by its hive and its path; nothing where it is not there."""
        hive, _, path = key.partition("\\")
        found: dict[str, str | int] = {}
        with suppress(OSError), winreg.OpenKey(_HIVES[hive], path) as opened:
            for number in range(winreg.QueryInfoKey(opened)[1]):
                name, value, _ = winreg.EnumValue(opened, number)
                if isinstance(value, str | int):
                    found[name] = value
        return found

    def read_windows_proxy(whose: Whose) -> WindowsProxy | None:
        """What Windows answers; ``None`` where it does not."""
        try:
            library = ctypes.WinDLL("winhttp", use_last_error=True)
            return _ask_for_user(library) if whose == "user" else _ask_for_services(library)
        except (OSError, AttributeError):
            return None

    def _ask_for_user(library: ctypes.WinDLL) -> WindowsProxy | None:
        answer = _UserAnswer()
        if not library.WinHttpGetIEProxyConfigForCurrentUser(ctypes.byref(answer)):
            return None
        proxy, bypass, script = map(_take, (answer.proxy, answer.bypass, answer.script))
        return WindowsProxy(proxy, bypass, script, detects=bool(answer.detects))

    def _ask_for_services(library: ctypes.WinDLL) -> WindowsProxy | None:
        answer = _ServiceAnswer()
        if not library.WinHttpGetDefaultProxyConfiguration(ctypes.byref(answer)):
            return None
        proxy, bypass = map(_take, (answer.proxy, answer.bypass))
        return WindowsProxy(proxy, bypass) if answer.access == _NAMED_PROXY else WindowsProxy()

    def _take(pointer: int | None) -> str:
        """The text at a pointer, which is given back."""
        if not pointer:
            return ""
        text = ctypes.wstring_at(pointer)[:_LONGEST]
        free = ctypes.WinDLL("kernel32").GlobalFree
        free.argtypes = (ctypes.c_void_p,)
        free.restype = ctypes.c_void_p
        free(pointer)
        return text

else:

    def read_registry(key: str) -> Mapping[str, str | int]:  # noqa: ARG001 - only Windows has one
        """Nothing."""
        return {}

    def read_windows_proxy(whose: Whose) -> WindowsProxy | None:  # noqa: ARG001 - only Windows has it
        """Nothing."""
        return None
