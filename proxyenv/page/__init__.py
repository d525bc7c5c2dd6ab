"""A report as one page of HTML: a pure function from values to text, with no script and nothing to load."""
