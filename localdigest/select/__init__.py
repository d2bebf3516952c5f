"""Which papers are worth their cost."""
