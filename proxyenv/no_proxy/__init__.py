"""Proxy URLs and NO_PROXY: what a client would do with them. Pure."""
