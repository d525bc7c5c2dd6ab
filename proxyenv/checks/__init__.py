"""The only room that connects."""
