"""The knowledge base: what each client reads, as data."""
