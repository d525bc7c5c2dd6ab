"""What runs in an interpreter of the user's, where it is sent as source; see `checks/interpreter.py`."""
