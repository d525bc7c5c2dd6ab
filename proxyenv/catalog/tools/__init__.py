"""One module per tool with a file of its own."""
