"""A user's folder: its settings, its lock, its schedule."""
