"""The kinds of trouble a user can act on: one class each, with the exit code the command ends with.

A message names the file, paper or key and ends with the way out; `cli` prints it as one line, without a traceback.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from localdigest.messages import Notice


class NoticeError(Exception):
    """What is wrong, as a message: `raise ConfigError("{path}: cannot be read ({why})", path, why)`."""

    def __init__(self, text: str | Notice, /, *values: object) -> None:
        self.notice = text if isinstance(text, Notice) else Notice(text, *values)
        super().__init__(self.notice)

    setting: str = ""
    value: object = None
    """Of the configuration, what is wrong: `window.zone`, and what it says."""

    def of(self, setting: str, value: object) -> Self:
        self.setting, self.value = setting, value
        return self

    @classmethod
    @contextmanager
    def for_os_error(cls, text: str, /, *values: object) -> Iterator[None]:
        """Raised where the block raises OSError, of which the system's word for it is the last value."""
        try:
            yield
        except OSError as error:
            raise cls(text, *values, error.strerror) from error


class LocaldigestError(NoticeError):
    """Base of every error that is the user's to act on; anything else is a defect (exit code 1)."""

    exit_code = 1


@contextmanager
def of_setting(setting: str, value: object) -> Iterator[None]:
    """What the block raises is wrong with this value of a setting."""
    try:
        yield
    except NoticeError as error:
        raise error.of(setting, value)  # noqa: B904 (the same error)


class ConfigError(LocaldigestError):
    """A configuration, prompt or command-line value that cannot be used."""

    exit_code = 2


class LibraryDamaged(ConfigError):
    """The library cannot be read, or not all of it."""


class InputRefused(LocaldigestError):
    """A listing or package that is not what it says it is."""

    exit_code = 4


class ModelError(LocaldigestError):
    """A model that is missing, unknown, or not the expected bytes."""

    exit_code = 5


class WorkspaceLocked(LocaldigestError):
    """Another run holds the workspace."""

    exit_code = 6


class ArxivUnreachable(LocaldigestError):
    """arXiv did not answer, or asked us to stop."""

    exit_code = 7


class SourceFailed(ArxivUnreachable):
    """One of arXiv's services does not answer as it should; the others may."""


class Unfinished(LocaldigestError):
    """What is to be sent has work left."""

    exit_code = 3


class DeliveryFailed(LocaldigestError):
    """A server or a service did not take what was sent to it."""

    exit_code = 8


class EngineFailed(LocaldigestError):
    """llama.cpp gave up in the middle of the work; what was finished is stored."""


class EngineLost(EngineFailed):
    """One of several engines is gone, with the requests that it had; the others go on."""
