"""What reads settings for all users of a machine and is no shell: systemd and JupyterHub.

Shells that read a file for every user say so in `catalog/shells/`.
"""
