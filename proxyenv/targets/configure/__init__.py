"""The tools that no variable reaches: one pure renderer for each, and the grammars of their files."""
