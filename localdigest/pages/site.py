"""The pages for the browser as a whole: a day joins the archive, `site/index.html`, with its small record."""

from __future__ import annotations

from pathlib import Path

import msgspec

from localdigest.files import make_folder, write_atomic
from localdigest.messages.errors import ConfigError
from localdigest.records import Digest
from localdigest.render import archive
from localdigest.render.forms import Wishes


def write_record(folder: Path, digest: Digest) -> None:
    """Puts by what the archive keeps of a day; its page is to be written again afterwards. Raises ConfigError."""
    record = archive.record(digest)
    make_folder(folder / "days")
    write_atomic(folder / "days" / f"{record.day}.json", msgspec.json.encode(record))


def write_index(folder: Path, language: str, wishes: Wishes) -> Path:
    """Writes the archive's page of all days that have theirs in `folder`; returns it. Raises ConfigError."""
    index = folder / "index.html"
    write_atomic(index, archive.to_html(read_records(folder), language, wishes.templates, wishes.marks))
    return index


def read_records(folder: Path) -> tuple[archive.DayRecord, ...]:
    """The records of all days that have a page in `folder`, by day. Raises ConfigError for one that cannot be read."""
    found = []
    for path in sorted((folder / "days").glob("*.json")):
        if not (folder / f"{path.stem}.html").exists():
            continue  # its page was deleted
        try:
            found.append(msgspec.json.decode(path.read_bytes(), type=archive.DayRecord))
        except (OSError, msgspec.MsgspecError) as error:
            raise ConfigError(
                "{path}: {error}; delete it, then `localdigest render --format html --date {stem}` makes it anew",
                path,
                error,
                path.stem,
            ) from error
    return tuple(found)
