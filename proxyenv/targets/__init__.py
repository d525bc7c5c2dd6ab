"""What can be written, as pure renderers."""
