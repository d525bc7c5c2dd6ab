"""Reads the machine. The only room that sees environment variables and files."""
