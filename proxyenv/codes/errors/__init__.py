"""The codes of errors: why a command could not do what was asked."""
