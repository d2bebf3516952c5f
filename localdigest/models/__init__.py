"""Models: which there are, what this machine can run, how a file gets here."""
