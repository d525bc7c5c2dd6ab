"""Certificates: parse, judge, merge, encode. Pure; no file is read and no clock is asked here."""
