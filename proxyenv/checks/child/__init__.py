"""What runs in the fresh interpreter. Nothing of proxyenv is imported here but this package."""
