"""In which line of a TOML file something stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from localdigest.messages.toml import Key, Place, line_of

TEXT = '''# a comment = 1
model = "x"
rules = [
    "one",
    "two",  # [page]
]
told = """
model = 2
[page]
"""

[engine]

# of the engine
model = "y"
tables.inner = { deep = [{ a = 1 }] }

[[model-of]]
name = "first"
[[model-of]]
name = "second"
    [model-of.sampling]
    top_k = 4
'''


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (("model",), 2),
        (("rules",), 3),
        (("rules", 1), 3),
        (("told",), 7),
        (("engine",), 12),
        (("engine", "model"), 15),
        (("engine", "tables", "inner", "deep", 0, "a"), 16),
        (("model-of", 0, "name"), 19),
        (("model-of", 1), 20),
        (("model-of", 1, "sampling"), 22),
        (("model-of", 1, "sampling", "top_k"), 23),
        (("model-of", 1, "no-such-key"), 20),
        (("engine", "model", "deeper"), 15),
        (("no-such-table", "key"), 0),
        ((), 0),
    ],
)
def test_a_line_is_where_the_value_or_its_table_begins(keys: tuple[Key, ...], line: int) -> None:
    assert line_of(TEXT, keys) == line


def test_a_place_is_told_as_file_and_line_and_without_a_line_as_the_file() -> None:
    place = Place(Path("a.toml"), TEXT)
    assert str(place.at("engine", "model").notice) == "a.toml, line 15"
    assert str(place.notice) == "a.toml"
    assert str(Place(Path("a.toml")).at("engine").notice) == "a.toml"


def test_what_msgspec_says_of_a_value_is_parted_into_place_key_and_trouble() -> None:
    place, key, why = Place(Path("a.toml"), TEXT).at("engine").wrong("Expected `int` - at `$.tables.inner.deep[0].a`")
    assert (str(place.notice), key, why) == ("a.toml, line 16", "tables.inner.deep.a", "Expected `int`")
