"""A BagIt folder (RFC 8493), or the same in a zip: what is in it, and the hash of each file."""

from __future__ import annotations

import hashlib
import stat
import struct
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


#: Of a file in a zip (APPNOTE 4.3.7): signature, version, flags … and the lengths of name and extra field.
_LOCAL_HEADER: Final = struct.Struct("<4s5H3L2H")
_SIZES_FOLLOW, _UTF_8 = 1 << 3, 1 << 11


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
            elif path.is_dir() and not any(path.iterdir()):
                yield self._told(path), "is an empty folder"

    def open(self, path: str) -> IO[bytes]:
        there = self.root / path
        if there.is_symlink() or not there.is_file():  # a pipe would be waited for
            raise KeyError(path)
        return there.open("rb")

    def _told(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()


@dataclass(frozen=True, slots=True)
class _Zip:
    path: Path
    archive: zipfile.ZipFile
    name: str

    def paths(self) -> list[str]:
        return sorted({self._told(e) for e in self.archive.infolist() if self._is_own(e) and not e.is_dir()})

    def strange(self) -> Iterator[tuple[str, str]]:
        # What of a zip somebody gets turns on what unpacks it: from its list, or from its bytes one by one.
        entries = self.archive.infolist()
        for entry in entries:
            if not self._is_own(entry):
                yield entry.filename, f"lies outside the bundle's folder {self.name}/"
            elif stat.S_ISLNK(entry.external_attr >> 16):
                yield self._told(entry), "is a link to another file"
            elif entry.is_dir() and entry.file_size:
                yield self._told(entry), "is a folder with bytes in it"
        for name, number in Counter(self._told(entry) for entry in entries).items():
            if number > 1:
                yield name, f"stands in the zip {number} times"
        if self._has_other_bytes():
            yield self.path.name, "has bytes that belong to none of its files"

    def open(self, path: str) -> IO[bytes]:
        return self.archive.open(f"{self.name}/{path}")

    def _is_own(self, entry: zipfile.ZipInfo) -> bool:
        return entry.filename.startswith(f"{self.name}/")

    def _told(self, entry: zipfile.ZipInfo) -> str:
        return entry.filename.removeprefix(f"{self.name}/").rstrip("/")

    def _has_other_bytes(self) -> bool:
        """Whether its files do not follow one another from the first byte to the list at its end."""
        at = 0
        with self.path.open("rb") as stream:
            for entry in sorted(self.archive.infolist(), key=lambda entry: entry.header_offset):
                if entry.header_offset != at:
                    return True
                stream.seek(at)
                header = stream.read(_LOCAL_HEADER.size)
                if len(header) < _LOCAL_HEADER.size or entry.flag_bits & _SIZES_FOLLOW:
                    return True
                *_, name_length, extra_length = _LOCAL_HEADER.unpack(header)
                name = stream.read(name_length)
                if name != entry.orig_filename.encode(
                    "utf-8" if entry.flag_bits & _UTF_8 else "cp437", "replace"
                ):
                    return True
                at += _LOCAL_HEADER.size + name_length + extra_length + entry.compress_size
        return at != self.archive.start_dir


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
                yield _Zip(path, archive, _root(archive) or path.stem)
        else:
            raise AuditorError(f"{path}: there is no such bundle")
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise AuditorError(
            f"{path}: is no bundle: no folder, and no zip that can be read ({error})"
        ) from None
    except OSError as error:
        raise AuditorError(f"{path}: cannot be read ({error.strerror})") from None


def _root(archive: zipfile.ZipFile) -> str | None:
    """The folder in it, which bears the bundle's name: a zip may be renamed on its way."""
    roots = {
        root
        for root, _, below in (name.partition("/") for name in archive.namelist())
        if below == DECLARATION
    }
    return roots.pop() if len(roots) == 1 else None


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
