"""Which sentences of a paper speak for which part of its breakdown."""
