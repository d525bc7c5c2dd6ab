"""One module per trust store."""
