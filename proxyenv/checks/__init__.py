"""The only package that connects. `ladder` has all checks in their order."""
