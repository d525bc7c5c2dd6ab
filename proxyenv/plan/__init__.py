"""A target becomes a plan, and so does a receipt."""
