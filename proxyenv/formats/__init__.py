"""The files that are read and edited, each as its own reader reads it; every other byte is kept."""
