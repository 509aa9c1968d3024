"""A detached signature of a sealed run: Ed25519 over the list of hashes that covers every file.

The signature is 64 bytes in a file beside the bundle, so that other tools can check it too: with openssl,
`pkeyutl -verify -pubin -inkey PUBLIC.pem -rawin -in BUNDLE/tagmanifest-sha256.txt -sigfile BUNDLE.sig`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from auditor.errors import AuditorError
from auditor.evidence.bag import TAG_MANIFEST, Bag
from auditor.files import write_whole

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

#: Of a key that is kept encrypted; never an option, which everybody on the machine could read.
PASSPHRASE: Final = "AUDITOR_KEY_PASSPHRASE"  # noqa: S105 (where it is, not what it is)


def private_key(path: Path) -> Ed25519PrivateKey:
    """The key to sign with: PEM, as `openssl genpkey -algorithm ed25519` writes it.

    Raises:
        AuditorError: it cannot be read, or is none.
    """
    serialization, ed25519 = _library()
    passphrase = os.environ.get(PASSPHRASE)
    secret = passphrase.encode() if passphrase else None
    if secret is None and b"ENCRYPTED" in _read(path, bytes):
        raise AuditorError(f"{path}: is encrypted: put its passphrase into {PASSPHRASE}")
    found = _read(path, lambda pem: serialization.load_pem_private_key(pem, secret))
    if not isinstance(found, ed25519.Ed25519PrivateKey):
        raise AuditorError(f"{path}: is no Ed25519 key: make one with openssl genpkey -algorithm ed25519")
    key: Ed25519PrivateKey = found
    return key


def public_key(path: Path) -> Ed25519PublicKey:
    """The key to check with: PEM, as `openssl pkey -pubout` writes it.

    Raises:
        AuditorError: it cannot be read, or is none.
    """
    serialization, ed25519 = _library()
    found = _read(path, serialization.load_pem_public_key)
    if not isinstance(found, ed25519.Ed25519PublicKey):
        raise AuditorError(f"{path}: is no public Ed25519 key")
    key: Ed25519PublicKey = found
    return key


def sign(folder: Path, key: Ed25519PrivateKey) -> Path:
    """Sign a sealed run; the signature stands beside it."""
    path = signature_of(folder)
    write_whole(path, key.sign((folder / TAG_MANIFEST).read_bytes()))
    return path


def signature_of(bundle: Path) -> Path:
    """Where the signature of a bundle stands, a folder or a zip."""
    stem = bundle.name.removesuffix(".zip") if bundle.is_file() else bundle.resolve().name
    return bundle.with_name(f"{stem}.sig") if bundle.is_file() else bundle.resolve().with_name(f"{stem}.sig")


def signature_fault(bag: Bag, bundle: Path, key: Ed25519PublicKey) -> str | None:
    """What is wrong with a bundle's signature; None: it is this key's."""
    path = signature_of(bundle)
    if not path.is_file():
        return "there is none"
    from cryptography.exceptions import InvalidSignature

    try:
        with bag.open(TAG_MANIFEST) as stream:
            key.verify(path.read_bytes(), stream.read())
    except (InvalidSignature, KeyError):
        return "is not that of this key over this bundle"
    return None


def _library() -> tuple[Any, Any]:
    try:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError:
        raise AuditorError(
            "signatures need the package 'cryptography': pip install 'auditor[sign]'"
        ) from None
    return serialization, ed25519


def _read(path: Path, read: Callable[[bytes], Any]) -> Any:
    try:
        return read(path.read_bytes())
    except OSError as error:
        raise AuditorError(f"{path}: cannot be read ({error.strerror})") from None
    except Exception as error:  # the library has many ways to say that a key is none
        raise AuditorError(f"{path}: is no key that can be read ({str(error).splitlines()[0]})") from None
