"""The only room that writes."""
