"""The key for numbers: from a file or the environment, never from the command line, never written down."""

from __future__ import annotations

import os
from pathlib import Path

from auditor.errors import AuditorError
from auditor.store.pseudonyms import NumbersKey, numbers_key
from auditor.workspace import Workspace

#: The key itself, and the file it is in: each goes before what auditor.toml says.
KEY, KEY_FILE = "AUDITOR_NUMBERS_KEY", "AUDITOR_NUMBERS_KEY_FILE"
#: Numbers can be guessed one by one; a key must not.
SHORTEST = 32
_LONGEST = 4_096


def key_for(workspace: Workspace) -> NumbersKey | None:
    """The key under which a workspace keeps its numbers; None: it keeps them as they are.

    Raises:
        AuditorError: it asks for pseudonyms, and the key is not to be found or too short.
    """
    return key_said(workspace) if workspace.config.privacy.numbers == "pseudonyms" else None


def key_said(workspace: Workspace) -> NumbersKey:
    """The key that the environment or the workspace names.

    Raises:
        AuditorError: none does, or it is too short.
    """
    if said := os.environ.get(KEY):
        return _checked(os.fsencode(said), KEY)
    path = os.environ.get(KEY_FILE) or workspace.config.privacy.key_file
    if path is None:
        raise AuditorError(
            f"pseudonyms need a key: name its file in {KEY_FILE} or as key_file under [privacy] "
            "(`openssl rand -hex 32` makes one)"
        )
    return _checked(_content(workspace.folder / path), path)


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(_LONGEST + 1)
    except OSError as error:
        raise AuditorError(f"the key for numbers {path}: cannot be read ({error.strerror})") from None


def _checked(secret: bytes, where: str) -> NumbersKey:
    secret = secret.strip()
    if not SHORTEST <= len(secret) <= _LONGEST:
        raise AuditorError(
            f"the key for numbers in {where} has {min(len(secret), _LONGEST + 1):,} characters: it must have "
            f"{SHORTEST} to {_LONGEST:,} (`openssl rand -hex 32` makes one)"
        )
    return numbers_key(secret)
