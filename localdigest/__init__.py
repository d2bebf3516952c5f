"""localdigest: a daily arXiv digest, translated and explained by a model on your own machine."""

__version__ = "0.1.0"
