"""What leaks from a container image, and what will break in it: each rule a function of what was read."""
