"""Ed25519 keys as PEM, so that a machine without localdigest can check a signature with openssl (docs/airgap.md).

The signature covers `tagmanifest-sha256.txt`, which covers the manifests, which cover every byte of the payload.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from localdigest.files import sync_folder
from localdigest.messages import Notice
from localdigest.messages.errors import ConfigError
from localdigest.transfer.bag import SIGNATURE, BrokenBag

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_MOST = 4096
"""Bytes of a key file that are read."""


@dataclass(frozen=True, slots=True)
class PrivateKey:
    path: Path
    key: Ed25519PrivateKey

    def sign(self, data: bytes) -> bytes:
        """The signature file's content: base64, one line."""
        return base64.b64encode(self.key.sign(data)) + b"\n"


@dataclass(frozen=True, slots=True)
class PublicKey:
    key: Ed25519PublicKey
    fingerprint: str
    """16 hexadecimal digits of the sha256 of the raw key: for people to compare, and to remember its packages by."""

    def check(self, data: bytes, signature: bytes) -> None:
        """Raises BrokenBag unless `signature` is this key's over `data`."""
        from cryptography.exceptions import InvalidSignature

        try:
            self.key.verify(base64.b64decode(signature.removesuffix(b"\n"), validate=True), data)
        except (InvalidSignature, binascii.Error, ValueError):
            raise BrokenBag(
                "{signature} is not a signature by the trusted key {fingerprint}",
                SIGNATURE,
                self.fingerprint,
                way_out=Notice("give the maker's key with --trust, or have the package made again"),
            ) from None


def generate(stem: Path) -> tuple[Path, Path, PublicKey]:
    """Writes a new `STEM.key` (readable by its owner alone) and `STEM.pub`. Raises ConfigError where one is there."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.generate()
    secret = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    paths = stem.with_name(stem.name + ".key"), stem.with_name(stem.name + ".pub")
    for path in paths:
        if path.exists() or path.is_symlink():
            raise ConfigError("{path}: is there already; choose another name, a key is never overwritten", path)
    for path, content, mode in ((paths[0], secret, 0o600), (paths[1], public, 0o644)):
        with (
            ConfigError.for_os_error("{path}: cannot be written ({why}); choose another folder", path),
            os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file,
        ):
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    sync_folder(stem.parent)
    return *paths, _public(private.public_key())


def load_private(path: Path) -> PrivateKey:
    """Raises ConfigError."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    data = _read(path)
    with contextlib.suppress(ValueError, TypeError):
        if isinstance(key := serialization.load_pem_private_key(data, None), Ed25519PrivateKey):
            return PrivateKey(path, key)
    raise ConfigError("{path}: is not a private key of `localdigest package keygen`; --sign takes NAME.key", path)


def load_public(path: Path) -> PublicKey:
    """Raises ConfigError."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    data = _read(path)
    with contextlib.suppress(ValueError, TypeError):
        if isinstance(key := serialization.load_pem_public_key(data), Ed25519PublicKey):
            return _public(key)
    raise ConfigError("{path}: is not a public key of `localdigest package keygen`; --trust takes NAME.pub", path)


def _public(key: Ed25519PublicKey) -> PublicKey:
    return PublicKey(key, hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16])


def _read(path: Path) -> bytes:
    with (
        ConfigError.for_os_error("{path}: cannot be read ({why}); name the key file as it lies", path),
        path.open("rb") as file,
    ):
        return file.read(_MOST)
