"""What localdigest knows of arXiv: its calendar, its listings, how to ask it politely."""
