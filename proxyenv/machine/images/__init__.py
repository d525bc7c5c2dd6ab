"""Reads container images as streams: a hostile one takes neither memory nor disk."""
