"""The files that are read and edited, each as its own reader reads it; every other byte is kept.

The formats are listed in `settings`, by the name that receipts hold.
"""
