"""The nouns: frozen values that flow from room to room. Nothing here does I/O."""
