"""One module per shell: how it sets and unsets variables, and which files it reads at its start."""
