"""Arguments to a request, results to text or JSON, errors to an exit status."""
