"""The main job, live, on this machine alone and in a throw-away home."""
