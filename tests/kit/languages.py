"""The shipped languages."""

from localdigest.language.profile import codes, find

LANGUAGES = {code: find(code) for code in codes()}
"""By code."""
