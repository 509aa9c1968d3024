"""A BagIt folder (RFC 8493), or the same in a zip: what is in it, and the hash of each file."""

from __future__ import annotations

import hashlib
import stat
import zipfile
import zlib
from collections import Counter
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

#: Of what somebody sends us as a bundle: bytes of a zip when it is expanded, and of a text read whole.
MAX_EXPANDED, MAX_TEXT = 16 << 30, 1 << 30


class Bag(Protocol):
    """Files by their paths below the bag, with `/` between the parts."""

    @property
    def name(self) -> str:
        """What the bag is called: the bundle's name."""

    def paths(self) -> list[str]:
        """Every file, in order."""

    def strange(self) -> Iterator[tuple[str, str]]:
        """What is no file of its own, and what it is: no bundle is sealed with it."""

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

    def strange(self) -> Iterator[tuple[str, str]]:
        for path in sorted(self.root.rglob("*")):
            if path.is_symlink():
                yield self._told(path), "is a link to another file"
            elif not (path.is_file() or path.is_dir()):
                yield self._told(path), "is no plain file"

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
        return sorted({self._told(i.filename) for i in self.archive.infolist() if not i.is_dir()})

    def strange(self) -> Iterator[tuple[str, str]]:
        times = Counter(entry.filename for entry in self.archive.infolist())
        for entry in self.archive.infolist():
            if stat.S_ISLNK(entry.external_attr >> 16):
                yield self._told(entry.filename), "is a link to another file"
        for name, number in times.items():
            if number > 1:
                # Which of them somebody gets turns on what unpacks it.
                yield self._told(name), f"stands in the zip {number} times"

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
                _refuse_what_we_never_wrote(path, archive)
                yield _Zip(path, archive)
        else:
            raise AuditorError(f"{path}: there is no such bundle")
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise AuditorError(
            f"{path}: is no bundle: no folder, and no zip that can be read ({error})"
        ) from None
    except OSError as error:
        raise AuditorError(f"{path}: cannot be read ({error.strerror})") from None


def _refuse_what_we_never_wrote(path: Path, archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    if any(
        e.flag_bits & 1 or e.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for e in entries
    ):
        raise AuditorError(f"{path}: is no bundle: a file in it is encrypted or packed as no bundle is")
    if sum(entry.file_size for entry in entries) > MAX_EXPANDED:
        raise AuditorError(f"{path}: is no bundle: it expands to more than {MAX_EXPANDED >> 30} GiB")


def sha256_in(bag: Bag, path: str) -> str:
    """The hash of one of its files."""
    digest = hashlib.sha256()
    with bag.open(path) as stream:
        while part := stream.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()


def text_in(bag: Bag, path: str) -> str:
    """One of its smaller files as text. KeyError: there is none.

    Raises:
        AuditorError: it is larger than any that is sealed.
    """
    with bag.open(path) as stream:
        content = stream.read(MAX_TEXT + 1)
    if len(content) > MAX_TEXT:
        raise AuditorError(
            f"{bag.name}: {path} is larger than {MAX_TEXT >> 20} MiB: no bundle is sealed with it"
        )
    return content.decode("utf-8", "replace")


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
