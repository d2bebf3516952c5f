"""A digest as text, in each of its forms."""
