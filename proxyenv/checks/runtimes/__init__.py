"""TLS clients of other runtimes, driven against a loopback server by a short probe in each language.

A probe reads lines ``port TAB host TAB file-of-anchors`` and answers each with ``ok`` or ``fail TAB TEXT``,
so that a slow runtime is started once for many questions.
"""
