"""How each client reads the proxy variables: one pure matcher a client, listed in `table`."""
