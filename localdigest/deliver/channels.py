"""The ways out: a mail server of the user's own, and whatever apprise knows. No secret gets into an error or a log."""

from __future__ import annotations

import ipaddress
import logging
import os
import smtplib
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, urlsplit

from localdigest import files
from localdigest.deliver import secrets
from localdigest.messages import Notice
from localdigest.messages.errors import ConfigError, DeliveryFailed
from localdigest.render.letter import Extent, Letter
from localdigest.workspace.config import FILE, Deliver, Workspace

MAIL = "mail"
PATIENCE = 30.0
"""Seconds that a mail server may take for an answer."""
TALKATIVE = ("apprise", "urllib3", "requests", "requests_oauthlib", "oauthlib")
"""Loggers that tell the addresses they ask, of which the keys are a part."""


class Channel(Protocol):
    """One way to the readers."""

    @property
    def name(self) -> str: ...
    @property
    def extent(self) -> Extent: ...
    def send(self, letter: Letter) -> tuple[str, ...]:
        """Returns the recipients that were refused while others were not. Raises DeliveryFailed."""
        ...


@dataclass(frozen=True, slots=True)
class Mail:
    server: SplitResult
    sender: str
    recipients: tuple[str, ...]
    extent: Extent
    password: str = field(default="", repr=False)
    name: str = MAIL

    def send(self, letter: Letter) -> tuple[str, ...]:
        message = EmailMessage()
        message["Subject"] = letter.title
        message["From"], message["To"] = self.sender, ", ".join(self.recipients)
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(domain=self.sender.rpartition("@")[2].rstrip(">"))
        message.set_content(letter.text)
        message.add_alternative(letter.html, subtype="html")
        try:
            with self._connect() as wire:
                if self.password:
                    wire.login(self.server.username or "", self.password)
                return tuple(wire.send_message(message))
        except smtplib.SMTPRecipientsRefused as error:
            raise DeliveryFailed(
                "{server} refused all recipients ({names})", self.server.hostname, ", ".join(error.recipients)
            ) from error
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryFailed("{server}: {why}", self.server.hostname, _reply(error)) from error

    def _connect(self) -> smtplib.SMTP:
        host, port = self.server.hostname or "", self.server.port or 0
        # What this machine is called is nobody's business.
        me, tls = "[127.0.0.1]", ssl.create_default_context()
        if self.server.scheme == "smtps":
            return smtplib.SMTP_SSL(host, port or 465, me, timeout=PATIENCE, context=tls)
        wire = smtplib.SMTP(host, port or 587, me, timeout=PATIENCE)
        if not _is_here(host):
            try:
                wire.starttls(context=tls)
            except BaseException:
                wire.close()
                raise
        return wire


def _reply(error: Exception) -> str:
    said = getattr(error, "smtp_error", None) or error
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said) or type(error).__name__


def _is_here(host: str) -> bool:
    """This machine: a relay on it is spoken to without encryption."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Chat:
    """A channel that apprise serves; its address is a secret."""

    name: str
    extent: Extent
    address: str = field(repr=False)

    def send(self, letter: Letter) -> tuple[str, ...]:
        try:
            import apprise
        except ModuleNotFoundError as error:
            raise DeliveryFailed(
                "the channel {name} needs apprise: {command}", self.name, files.to_install("deliver")
            ) from error
        for talkative in TALKATIVE:
            logging.getLogger(talkative).setLevel(logging.CRITICAL + 1)
        service = apprise.Apprise.instantiate(self.address)
        if service is None:
            raise DeliveryFailed("apprise knows no such address as that of the channel {name}", self.name)
        service.overflow_mode = apprise.OverflowMode.SPLIT
        body = letter.text.partition("\n")[2].strip()
        kind = apprise.NotifyFormat.TEXT
        if not service.notify(body=body, title=letter.title, body_format=kind):
            raise DeliveryFailed(
                "{name}: the service did not take it; its address, and the key in it, may be wrong", self.name
            )
        return ()


def configured(space: Workspace, only: Sequence[str] = (), environ: Mapping[str, str] = os.environ) -> list[Channel]:
    """Those of the configuration, or of these the ones named. Raises ConfigError, before anything is sent."""
    wish = space.config.deliver
    names = [*([MAIL] if wish.smtp else []), *wish.channels]
    if not names:
        raise ConfigError(
            "{path}: nobody to deliver to; set `smtp` and `recipients`, or `channels`, under [deliver]"
            " (docs/deliver.md)",
            space.root / FILE,
        )
    if MAIL in wish.channels:
        raise ConfigError("deliver.channels: `mail` is the name of smtp's own").of("deliver.channels", MAIL)
    if unknown := [name for name in only if name not in names]:
        raise ConfigError("no channel {name} under [deliver]; there are: {known}", unknown[0], ", ".join(names))
    chosen = [name for name in names if not only or name in only]
    return [
        _mail(wish, space.root, environ)
        if name == MAIL
        else Chat(name, wish.message, secrets.address(space.root, environ, name))
        for name in chosen
    ]


def _mail(wish: Deliver, root: Path, environ: Mapping[str, str]) -> Mail:
    server = urlsplit(wish.smtp)
    why = None
    if server.scheme not in ("smtp", "smtps") or not server.hostname:
        why = Notice('write it as "smtps://me@mail.example.org"')
    elif server.password:
        why = Notice("a password has no place here: see docs/deliver.md")
    elif not (wish.recipients and "@" in wish.sender):
        why = Notice("mail needs a `sender` and `recipients`, too")
    if why:
        raise ConfigError("deliver.smtp: {why}", why).of("deliver.smtp", wish.smtp)
    return Mail(server, wish.sender, wish.recipients, wish.mail, secrets.password(root, environ))
