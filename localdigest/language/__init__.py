"""The languages of a digest: what each is, its prompts, its terms."""
