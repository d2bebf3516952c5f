"""Passwords and addresses that are keys themselves: from the environment, or from a file that its owner alone reads."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path

from localdigest.messages import Notice
from localdigest.messages.errors import ConfigError
from localdigest.messages.toml import Place

FILE = "deliver.secrets.toml"
PASSWORD = "LOCALDIGEST_SMTP_PASSWORD"  # noqa: S105 (the name of a variable)


def password(root: Path, environ: Mapping[str, str]) -> str:
    """Of the mail server; "" where none is known. Raises ConfigError as `_read`."""
    return environ.get(PASSWORD) or _read(root / FILE).get("password", "")


def address(root: Path, environ: Mapping[str, str], channel: str) -> str:
    """apprise's address of a channel. Raises ConfigError, also where none is known."""
    variable = "LOCALDIGEST_CHANNEL_" + re.sub(r"\W", "_", channel).upper()
    found = environ.get(variable) or _read(root / FILE).get(channel, "")
    if not found:
        raise ConfigError(
            'no address for the channel {channel}: set {variable}, or write {channel} = "..." into {path} (mode 600)',
            channel,
            variable,
            root / FILE,
        )
    return found


def _read(path: Path) -> dict[str, str]:
    """Name and secret; empty where there is no file. Raises ConfigError for one that others can read, too."""
    text = ""
    try:
        mode = path.stat().st_mode
        if os.name != "nt" and stat.S_IMODE(mode) & 0o077:
            raise ConfigError("{path}: others can read it; `chmod 600 {path}`", path)
        text = path.read_text(encoding="utf-8")
        values = tomllib.loads(text)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:  # tomllib's says where, and nothing of what stands there
        raise ConfigError("{about}: {why}", path, error) from error
    if wrong := [name for name, value in values.items() if not isinstance(value, str)]:
        place = Place(path, text).at(wrong[0])
        raise ConfigError("{where}, {key}: {why}", place, wrong[0], Notice("a text in quotes is expected"))
    return values
