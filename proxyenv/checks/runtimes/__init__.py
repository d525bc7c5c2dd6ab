"""Other people's TLS clients, driven against a loopback server, each by a few lines in its own language.

Every probe reads lines ``port TAB host TAB file-of-anchors`` and answers each with ``ok`` or with
``fail TAB message``, so that one start of a slow runtime serves many questions.
"""
