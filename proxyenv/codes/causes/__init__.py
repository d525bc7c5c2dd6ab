"""The codes of causes: why an outcome of ``check`` or ``status`` is not ``ok``."""
