"""A BagIt folder (RFC 8493), or the same in a zip: what is in it, and the hash of each file."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Protocol

from auditor.errors import AuditorError

PAYLOAD_MANIFEST: Final = "manifest-sha256.txt"
TAG_MANIFEST: Final = "tagmanifest-sha256.txt"
DECLARATION: Final = "bagit.txt"
INFO: Final = "bag-info.txt"


class Bag(Protocol):
    """Files by their paths below the bag, with `/` between the parts."""

    @property
    def name(self) -> str:
        """What the bag is called: the bundle's name."""

    def paths(self) -> list[str]:
        """Every file, in order."""

    def links(self) -> list[str]:
        """What is no file of its own but leads to another."""

    def open(self, path: str) -> IO[bytes]:
        """A file's bytes. KeyError: there is no such file."""


@dataclass(frozen=True, slots=True)
class _Folder:
    root: Path

    @property
    def name(self) -> str:
        return self.root.resolve().name

    def paths(self) -> list[str]:
        return sorted(self._told(p) for p in self.root.rglob("*") if p.is_file() and not p.is_symlink())

    def links(self) -> list[str]:
        return sorted(self._told(p) for p in self.root.rglob("*") if p.is_symlink())

    def open(self, path: str) -> IO[bytes]:
        try:
            return (self.root / path).open("rb")
        except FileNotFoundError:
            raise KeyError(path) from None

    def _told(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()


@dataclass(frozen=True, slots=True)
class _Zip:
    path: Path
    archive: zipfile.ZipFile

    @property
    def name(self) -> str:
        return self.path.stem

    def paths(self) -> list[str]:
        return sorted(self._told(i.filename) for i in self.archive.infolist() if not i.is_dir())

    def links(self) -> list[str]:
        return []

    def open(self, path: str) -> IO[bytes]:
        return self.archive.open(f"{self.name}/{path}")

    def _told(self, path: str) -> str:
        # What does not lie in the bundle's own folder is told by its whole name, and is in no manifest.
        return path.removeprefix(f"{self.name}/")


@contextmanager
def opened_bag(path: Path) -> Iterator[Bag]:
    """A bundle, as a folder or as a zip.

    Raises:
        AuditorError: there is none, or it cannot be read.
    """
    try:
        if path.is_dir():
            yield _Folder(path)
        elif path.is_file():
            with zipfile.ZipFile(path) as archive:
                yield _Zip(path, archive)
        else:
            raise AuditorError(f"{path}: there is no such bundle")
    except zipfile.BadZipFile as error:
        raise AuditorError(
            f"{path}: is no bundle: no folder, and no zip that can be read ({error})"
        ) from None
    except OSError as error:
        raise AuditorError(f"{path}: cannot be read ({error.strerror})") from None


def sha256_in(bag: Bag, path: str) -> str:
    """The hash of one of its files."""
    digest = hashlib.sha256()
    with bag.open(path) as stream:
        while part := stream.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()


def text_in(bag: Bag, path: str) -> str:
    """One of its small files as text. KeyError: there is none."""
    with bag.open(path) as stream:
        return stream.read().decode("utf-8", "replace")


def seal_of(bag: Bag) -> str:
    """The bundle's seal: the hash of the list of hashes that covers every other. KeyError: it has none."""
    return sha256_in(bag, TAG_MANIFEST)


def info_of(bag: Bag) -> dict[str, str]:
    """What its `bag-info.txt` says; nothing where there is none."""
    try:
        lines = text_in(bag, INFO).splitlines()
    except KeyError:
        return {}
    return {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
