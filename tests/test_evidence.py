"""Sealed runs: what is changed is found and named, and what was audited can be audited again."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import stat
import subprocess
import tomllib
import zipfile
from importlib.resources import files as files_of
from pathlib import Path

import pytest
from test_cli import auditor, in_one_sentence, unread
from test_run import bundles

from auditor.errors import AuditorError
from auditor.evidence.difference import first_difference
from auditor.evidence.runs import held_runs, read_runs
from auditor.evidence.verify import verify
from auditor.files import sha256_of

#: A bundle is the same whatever DuckDB made its results.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def sealed(tmp_path_factory):
    """A workspace with two sealed runs of one month, the second as a zip besides, and signed.

    It takes long: one of the processes that share the tests makes it, for them all to read.
    """
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    with (shared / "sealed.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "sealed").exists():
            make_sealed(shared)
    return shared / "sealed" / "demo"


def make_sealed(shared):
    folder = shared / "sealed"
    folder.mkdir()
    assert auditor(folder, "example", "demo", "--calls", "1500").returncode == 0
    demo = folder / "demo"
    openssl(folder, "genpkey", "-algorithm", "ed25519", "-out", "key.pem")
    openssl(folder, "pkey", "-in", "key.pem", "-pubout", "-out", "public.pem")
    openssl(folder, "genpkey", "-algorithm", "ed25519", "-out", "other.pem")
    openssl(folder, "pkey", "-in", "other.pem", "-pubout", "-out", "other-public.pem")
    first = auditor(demo, "run", "2026-10", SOURCE_DATE_EPOCH="1793611800")
    second = auditor(demo, "run", "2026-10", "--zip", "--sign", "../key.pem", SOURCE_DATE_EPOCH="1793615400")
    assert (first.returncode, second.returncode) == (1, 1), first.stderr + second.stderr


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def copy(sealed, tmp_path):
    """The same, to be tampered with."""
    shutil.copytree(sealed.parent, tmp_path / "copy")
    return tmp_path / "copy" / "demo"


def faults(folder, *arguments):
    result = auditor(folder, "verify", *map(str, arguments), "--format", "json")
    found = json.loads(result.stdout)["faults"]
    assert result.returncode == (1 if found else 0), result.stderr
    return [(fault["kind"], fault["file"]) for fault in found]


def folders(demo):
    return [path for path in bundles(demo) if path.is_dir()]


def sealed_anew(bundle):
    """As somebody would who can write to the folder and knows how bundles are made; the ledger goes."""
    (bundle.parent / "runs.jsonl").unlink(missing_ok=True)

    def hashes(paths):
        lines = (f"{sha256_of(path)}  {path.relative_to(bundle).as_posix()}\n" for path in paths)
        return "".join(lines)

    payload = sorted(path for path in (bundle / "data").rglob("*") if path.is_file())
    (bundle / "manifest-sha256.txt").write_text(hashes(payload))
    tags = [bundle / name for name in ("bag-info.txt", "bagit.txt", "manifest-sha256.txt")]
    (bundle / "tagmanifest-sha256.txt").write_text(hashes(tags))


class TestVerify:
    def test_runs_as_they_were_sealed(self, sealed):
        result = auditor(sealed, "verify")
        assert result.returncode == 0
        assert result.stdout.count(": as it was sealed (") == 3  # and the zip of one
        for bundle in bundles(sealed):
            if bundle.suffix in ("", ".zip"):
                assert faults(sealed, bundle) == []

    def test_a_changed_file_is_named(self, copy):
        first, second = folders(copy)
        with (first / "data" / "results.json").open("a") as stream:
            stream.write(" ")
        assert faults(copy, first) == [("changed", "data/results.json")]
        assert faults(copy, second) == []
        said = auditor(copy, "verify", str(first)).stdout
        assert "data/results.json: changed: is not what was sealed" in said

    def test_a_missing_and_an_extra_file_are_named(self, copy):
        first, _ = folders(copy)
        (first / "data" / "rejects.csv").rename(first / "data" / "rejects-old.csv")
        assert faults(copy, first) == [("missing", "data/rejects.csv"), ("extra", "data/rejects-old.csv")]

    def test_a_link_in_place_of_a_file(self, copy):
        first, _ = folders(copy)
        there = first / "data" / "results.csv"
        there.rename(copy / "elsewhere.csv")
        there.symlink_to(copy / "elsewhere.csv")
        assert faults(copy, first) == [("extra", "data/results.csv"), ("missing", "data/results.csv")]

    def test_a_reordered_list_of_hashes(self, copy):
        first, _ = folders(copy)
        manifest = first / "manifest-sha256.txt"
        lines = manifest.read_text().splitlines(keepends=True)
        manifest.write_text("".join(reversed(lines)))
        assert faults(copy, first) == [("reordered", "manifest-sha256.txt")]

    @pytest.mark.parametrize(
        "name", ["bagit.txt", "bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt"]
    )
    def test_no_file_of_the_seal_can_go(self, copy, name):
        first, _ = folders(copy)
        (first / name).unlink()
        assert ("missing", name) in faults(copy, first)

    def test_a_bundle_sealed_anew_is_not_the_one_in_the_run_ledger(self, copy):
        first, _ = folders(copy)
        (first / "data" / "results.csv").write_text("all is well\n")
        ledger = (copy / "bundles" / "runs.jsonl").read_bytes()
        sealed_anew(first)
        (copy / "bundles" / "runs.jsonl").write_bytes(ledger)
        assert faults(copy, first) == [("changed", "tagmanifest-sha256.txt")]
        (copy / "bundles" / "runs.jsonl").unlink()
        assert faults(copy, first) == []  # without the ledger or a signature nothing shows it

    def test_a_run_that_was_taken_out_whole_is_missed_by_its_seal(self, copy):
        ledger = copy / "bundles" / "runs.jsonl"
        first, second = folders(copy)
        one, two = read_runs(copy / "bundles")
        assert faults(copy, "--seal", f" {two.seal[:32].upper()} {two.seal[32:]}", "--seal", one.seal) == []
        assert "a seal has 64 digits" in in_one_sentence(auditor(copy, "verify", "--seal", one.seal[:8]))
        shutil.rmtree(second)
        (copy / "bundles" / f"{second.name}.zip").unlink()
        ledger.write_text(ledger.read_text().splitlines(keepends=True)[0])
        assert faults(copy) == []  # nothing else shows it
        assert faults(copy, "--seal", two.seal) == [("missing", "runs.jsonl")]
        assert faults(copy, first, "--seal", one.seal) == []

    def test_of_some_bundles_neither_the_latest_nor_a_seal_that_is_missed_can_be_told(self, sealed):
        _, two = read_runs(sealed / "bundles")
        said = auditor(sealed, "verify", str(folders(sealed)[0]), "--seal", two.seal)
        assert said.returncode == 1
        assert f"none of the bundles named has the seal {two.seal}" in said.stdout
        assert "The latest is" not in said.stdout
        assert "The latest is run 2" in auditor(sealed, "verify").stdout

    def test_a_bundle_or_a_line_that_cannot_be_read_hides_no_other_fault(self, copy):
        first, second = folders(copy)
        archive = copy / "bundles" / f"{second.name}.zip"
        archive.write_bytes(archive.read_bytes()[:20_000])
        (first / "data" / "results.csv").unlink()
        with (copy / "bundles" / "runs.jsonl").open("a") as ledger:
            ledger.write("x\n")
        assert faults(copy) == [
            ("changed", "runs.jsonl"), ("missing", "data/results.csv"), ("changed", archive.name),
        ]  # fmt: skip
        assert f"{archive.name}: changed: is no bundle" in auditor(copy, "verify").stdout

    def test_a_date_changed_in_the_run_ledger(self, copy):
        ledger = copy / "bundles" / "runs.jsonl"
        ledger.write_text(ledger.read_text().replace('"run_at": "2026-11-', '"run_at": "2026-10-', 1))
        assert faults(copy) == [("changed", "runs.jsonl")]

    def test_a_bundle_under_another_name(self, copy):
        first, _ = folders(copy)
        first.rename(first.with_name("october"))
        assert faults(copy) == [("missing", first.name), ("unknown", "runs.jsonl")]
        assert f"is run 1, which was sealed as {first.name}" in auditor(copy, "verify").stdout
        (archive,) = (copy / "bundles").glob("*.zip")
        archive.rename(archive.with_name("evidence.zip"))
        assert faults(copy, archive.with_name("evidence.zip")) == []

    def test_a_zip_beside_its_folder_is_looked_into_too(self, copy):
        (archive,) = (copy / "bundles").glob("*.zip")
        with zipfile.ZipFile(archive, "a") as opened:
            opened.writestr(f"{archive.stem}/data/more.txt", "x")
        assert faults(copy) == [("extra", "data/more.txt")]

    def test_a_folder_that_is_no_bundle(self, copy):
        assert "is no bundle (it has no bagit.txt)" in in_one_sentence(auditor(copy, "verify", "bundles"))

    def test_lines_of_the_run_ledger_taken_out_or_reordered(self, copy):
        ledger = copy / "bundles" / "runs.jsonl"
        one, two = ledger.read_text().splitlines(keepends=True)
        ledger.write_text(two + one)
        assert faults(copy)[:2] == [("broken chain", "runs.jsonl")] * 2
        ledger.write_text(two)
        assert ("unknown", "runs.jsonl") in faults(copy)
        ledger.write_text(one)
        assert faults(copy) == [("unknown", "runs.jsonl")]
        ledger.write_text("{}\n")
        assert faults(copy)[0] == ("changed", "runs.jsonl")
        assert "line 1 is no line of a run ledger" in auditor(copy, "verify").stdout

    def test_a_run_whose_bundle_is_gone(self, copy):
        first, second = folders(copy)
        shutil.rmtree(first)
        assert faults(copy) == [("missing", first.name)]
        shutil.rmtree(second)  # its zip is left, and will do
        assert faults(copy) == [("missing", first.name)]

    def test_a_zip_is_looked_into_as_a_folder_is(self, copy):
        (archive,) = (copy / "bundles").glob("*.zip")
        with zipfile.ZipFile(archive, "a") as opened:
            opened.writestr("../../evil.txt", "x")
            opened.writestr(f"{archive.stem}/data/more.txt", "x")
        assert faults(copy, archive) == [("extra", "../../evil.txt"), ("extra", "data/more.txt")]
        archive.write_bytes(b"PK no zip")
        assert "is no bundle" in in_one_sentence(auditor(copy, "verify", str(archive)))

    def test_a_pipe_among_its_files(self, copy):
        first, _ = folders(copy)
        os.mkfifo(first / "data" / "pipe")
        (first / "data" / "room").mkdir()
        assert faults(copy, first) == [("extra", "data/pipe"), ("extra", "data/room")]
        (first / "bag-info.txt").unlink()
        os.mkfifo(first / "bag-info.txt")
        assert {("extra", "bag-info.txt"), ("missing", "bag-info.txt")} <= set(faults(copy, first))

    @pytest.mark.filterwarnings("ignore:Duplicate name")
    def test_a_zip_with_two_files_of_one_name_or_a_link(self, copy):
        (archive,) = (copy / "bundles").glob("*.zip")
        with zipfile.ZipFile(archive) as opened:
            content = opened.read(f"{archive.stem}/data/results.csv")
        link = zipfile.ZipInfo(f"{archive.stem}/data/link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        with zipfile.ZipFile(archive, "a") as opened:
            opened.writestr(f"{archive.stem}/data/results.csv", content)  # the same, but which is unpacked?
            opened.writestr(link, "/etc/passwd")
        assert faults(copy, archive) == [
            ("extra", "data/link"), ("extra", "data/results.csv"), ("extra", "data/link"),
        ]  # fmt: skip

    def test_a_zip_of_which_others_would_unpack_something_else(self, copy):
        (archive,) = (copy / "bundles").glob("*.zip")
        sound, name = archive.read_bytes(), archive.stem

        def of(change) -> set[str]:
            archive.write_bytes(sound)
            change()
            return {file for _, file in faults(copy, archive)}

        def add(*entries):
            with zipfile.ZipFile(archive, "a") as opened:
                for entry in entries:
                    opened.writestr(entry, "forged")

        assert of(lambda: None) == set()
        assert of(lambda: add("data/results.csv")) == {"data/results.csv"}
        assert of(lambda: add("tagmanifest-sha256.txt")) == {"tagmanifest-sha256.txt"}
        folder = zipfile.ZipInfo(f"{name}/data/results.csv/")
        assert "data/results.csv" in of(lambda: add(folder))
        assert of(lambda: archive.write_bytes(b"before it" + sound)) == {archive.name}
        forged = sound[: sound.index(b"PK\x03\x04", 1)]
        assert of(lambda: archive.write_bytes(forged + sound)) == {archive.name}

    @pytest.mark.parametrize(
        ("limit", "said"), [("MAX_EXPANDED", "expands to more than"), ("MAX_TEXT", "is larger than")]
    )
    def test_a_zip_that_is_made_to_fill_the_memory(self, copy, monkeypatch, limit, said):
        (archive,) = (copy / "bundles").glob("*.zip")
        monkeypatch.setattr(f"auditor.evidence.bag.{limit}", 9)
        with pytest.raises(AuditorError, match=said):
            verify(archive)

    def test_a_zip_that_is_packed_as_none_is(self, copy):
        (archive,) = (copy / "bundles").glob("*.zip")
        with zipfile.ZipFile(archive, "a", zipfile.ZIP_LZMA) as opened:
            opened.writestr("more", "x")
        assert "packed as no bundle is" in in_one_sentence(auditor(copy, "verify", str(archive)))
        whole = copy / "bundles" / "cut.zip"
        shutil.copy(archive, whole)
        whole.write_bytes(archive.read_bytes()[:-200])
        assert "is no bundle" in in_one_sentence(auditor(copy, "verify", str(whole)))

    def test_where_there_is_nothing_to_verify(self, tmp_path):
        assert "no run is sealed here" in in_one_sentence(auditor(tmp_path, "verify"))
        assert "there is no such bundle" in in_one_sentence(auditor(tmp_path, "verify", "nowhere"))


class TestSignatures:
    def test_a_signature_by_the_key_that_made_it(self, sealed):
        first, second = folders(sealed)
        assert faults(sealed, second, "--key", "../public.pem") == []
        assert (
            "; signed by ../public.pem)" in auditor(sealed, "verify", second, "--key", "../public.pem").stdout
        )
        assert "signed by" not in auditor(sealed, "verify", first, "--key", "../public.pem").stdout
        assert faults(sealed, first, "--key", "../public.pem") == [("signature", f"{first.name}.sig")]
        assert faults(sealed, second, "--key", "../other-public.pem") == [("signature", f"{second.name}.sig")]
        (archive,) = (sealed / "bundles").glob("*.zip")
        assert faults(sealed, archive, "--key", "../public.pem") == []

    def test_openssl_can_check_it_too(self, sealed):
        _, second = folders(sealed)
        openssl(
            sealed.parent, "pkeyutl", "-verify", "-pubin", "-inkey", "public.pem", "-rawin",
            "-in", str(second / "tagmanifest-sha256.txt"), "-sigfile", str(second.with_suffix(".sig")),
        )  # fmt: skip

    def test_openssl_can_sign_a_run_that_has_none(self, copy):
        first, _ = folders(copy)
        openssl(
            copy.parent, "pkeyutl", "-sign", "-inkey", "key.pem", "-rawin",
            "-in", str(first / "tagmanifest-sha256.txt"), "-out", str(first.with_suffix(".sig")),
        )  # fmt: skip
        assert faults(copy, "--key", "../public.pem") == []

    def test_a_run_is_signed_though_nobody_reads_what_it_prints(self, copy):
        done = unread(copy, "run", "2026-10", "--zip", "--sign", "../key.pem")
        assert done.returncode == 141, done.stderr
        third = folders(copy)[-1]
        assert faults(copy, third, "--key", "../public.pem") == []
        assert third.with_name(f"{third.name}.zip").is_file()

    def test_what_is_no_key(self, copy):
        said = in_one_sentence(auditor(copy, "run", "2026-10", "--sign", "../public.pem"))
        assert "../public.pem: is no key that can be read" in said
        said = in_one_sentence(auditor(copy, "verify", "--key", "nowhere.pem"))
        assert "nowhere.pem: cannot be read" in said
        openssl(copy.parent, "genpkey", "-algorithm", "x25519", "-out", "x.pem")
        said = in_one_sentence(auditor(copy, "run", "2026-10", "--sign", "../x.pem"))
        assert "is no Ed25519 key" in said
        secret = ("genpkey", "-algorithm", "ed25519", "-aes256", "-pass", "pass:secret", "-out", "secret.pem")
        openssl(copy.parent, *secret)
        said = in_one_sentence(auditor(copy, "run", "2026-10", "--sign", "../secret.pem"))
        assert "../secret.pem: is encrypted: put its passphrase into AUDITOR_KEY_PASSPHRASE" in said


class TestTheZip:
    def test_it_holds_the_bundle_and_nothing_else(self, sealed):
        (archive,) = (sealed / "bundles").glob("*.zip")
        folder = archive.with_suffix("")
        with zipfile.ZipFile(archive) as opened:
            held = {name: opened.read(name) for name in opened.namelist()}
        assert held == {
            f"{folder.name}/{path.relative_to(folder).as_posix()}": path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        }


class TestTheRunLedger:
    def test_each_run_names_the_seal_of_the_one_before(self, sealed):
        first, second = read_runs(sealed / "bundles")
        assert (first.number, first.previous, second.number, second.previous) == (1, None, 2, first.seal)
        assert f"Previous-Run-Seal: {first.seal}\n" in (folders(sealed)[1] / "bag-info.txt").read_text()
        assert (first.run_at, second.run_at) == ("2026-11-02T09:30:00Z", "2026-11-02T10:30:00Z")

    def test_a_line_cut_off_is_written_over(self, tmp_path):
        with held_runs(tmp_path) as runs:
            runs.append("one", "2026-11-01T00:00:00Z", "a" * 64)
        ledger = tmp_path / "runs.jsonl"
        whole = ledger.read_bytes()
        ledger.write_bytes(whole + b'{"number": 2, "bun')
        with held_runs(tmp_path) as runs:
            runs.append("two", "2026-11-02T00:00:00Z", "b" * 64)
        assert ledger.read_bytes().startswith(whole)
        assert [run.bundle for run in read_runs(tmp_path)] == ["one", "two"]

    def test_a_last_line_without_its_line_end_is_a_line(self, tmp_path):
        for number, name in enumerate(("one", "two")):
            with held_runs(tmp_path) as runs:
                runs.append(name, "2026-11-01T00:00:00Z", f"{number}" * 64)
            ledger = tmp_path / "runs.jsonl"
            ledger.write_bytes(ledger.read_bytes().rstrip(b"\n"))
        assert [(run.number, run.bundle) for run in read_runs(tmp_path)] == [(1, "one"), (2, "two")]

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            (lambda one, two: one + two[:-40], "its last line is cut off, and {second} has none"),
            (lambda one, two: two + one, "line 1 is of run 2: lines were taken out, added or reordered"),
            (lambda one, two: one + two + b"x\n", "line 3 is no line of a run ledger"),
        ],
    )
    def test_no_run_is_sealed_after_a_run_ledger_that_is_not_as_it_was(self, copy, change, says):
        ledger = copy / "bundles" / "runs.jsonl"
        faulty = change(*ledger.read_bytes().splitlines(keepends=True))
        ledger.write_bytes(faulty)
        said = in_one_sentence(auditor(copy, "run", "2026-10"))
        assert says.format(second=folders(copy)[1].name) in said
        assert ledger.read_bytes() == faulty

    def test_a_run_killed_before_its_bundle_had_its_name_is_ended_by_the_next(self, copy):
        _, second = folders(copy)
        second.rename(second.with_name(f".{second.name}.abc123"))
        left = copy / "bundles" / ".2026-10-no-line.xyz"
        left.mkdir()
        (copy / "bundles" / f"{second.name}.zip").unlink()
        assert faults(copy) == [("missing", second.name)]
        assert (
            "was cut short before this got its name: the next run ends it" in auditor(copy, "verify").stdout
        )
        # The same run again, to the second: its bundle gets its name, and it is not sealed twice.
        again = auditor(copy, "run", "2026-10", SOURCE_DATE_EPOCH="1793615400")
        assert again.returncode == 2
        assert f"{second.name}: this bundle is sealed already" in again.stderr
        assert faults(copy) == []
        assert auditor(copy, "run", "2026-10", SOURCE_DATE_EPOCH="1793619000").returncode == 1
        assert [run.number for run in read_runs(copy / "bundles")] == [1, 2, 3]
        assert faults(copy) == []
        assert not left.exists()

    def test_a_bundle_that_somebody_else_sealed_is_never_entered(self, copy):
        _, second = folders(copy)
        forged = second.with_name(f"{second.name[:-8]}deadbeef")
        shutil.copytree(second, forged)
        (forged / "bag-info.txt").write_text(
            (forged / "bag-info.txt")
            .read_text()
            .replace(read_runs(copy / "bundles")[0].seal, read_runs(copy / "bundles")[1].seal)
        )
        assert auditor(copy, "run", "2026-10", SOURCE_DATE_EPOCH="1793619000").returncode == 1
        assert ("unknown", "runs.jsonl") in faults(copy)
        assert forged.name not in {run.bundle for run in read_runs(copy / "bundles")}

    @pytest.mark.parametrize("how", ["gone", "empty"])
    def test_a_run_ledger_that_is_gone_is_not_begun_anew(self, copy, how):
        ledger = copy / "bundles" / "runs.jsonl"
        ledger.unlink() if how == "gone" else ledger.write_text("")
        # Before anything is done: reports of a run that cannot be sealed would take the place of others.
        shutil.rmtree(copy / "reports")
        said = in_one_sentence(auditor(copy, "run", "2026-10", SOURCE_DATE_EPOCH="1793619000"))
        assert "their run ledger, runs.jsonl, is gone or empty: bring it back from a backup" in said
        assert not (copy / "reports").exists()
        ledger.unlink(missing_ok=True)
        assert faults(copy) == [("missing", "runs.jsonl")]

    def test_two_runs_are_not_sealed_at_once(self, copy):
        with held_runs(copy / "bundles"):
            said = in_one_sentence(auditor(copy, "run", "2026-10", "--wait", "0.2"))
        assert "another run is being sealed: waited 0.2 s" in said


class TestReplay:
    def test_it_comes_out_the_same(self, sealed):
        first, _ = folders(sealed)
        result = auditor(sealed, "replay", str(first))
        assert result.returncode == 0, result.stdout + result.stderr
        assert (
            "the same by the sealed rules: loads.json, results.json, results.csv, findings.csv, rejects.csv"
            in result.stdout
        )
        assert "partners/partner-kestrel.json" in result.stdout
        assert not (sealed / "store" / "auditor.duckdb.wal").exists()

    def test_from_a_zip_and_exports_that_lie_elsewhere(self, copy):
        (archive,) = (copy / "bundles").glob("*.zip")
        (copy / "exports").rename(copy.parent / "archive")
        assert "is not to be found" in auditor(copy, "replay", str(archive)).stderr
        result = auditor(copy, "replay", str(archive), "--inputs", str(copy.parent / "archive"))
        assert result.returncode == 0, result.stdout + result.stderr

    def test_a_changed_export_is_named_and_so_is_what_it_changes(self, copy):
        first, _ = folders(copy)
        export = sorted((copy / "exports" / "brightcall").glob("*.csv"))[0]
        lines = export.read_text().splitlines(keepends=True)
        export.write_text("".join(lines[:-1]))
        result = auditor(copy, "replay", str(first))
        assert result.returncode == 1
        assert f"exports/brightcall/{export.name}: has other bytes than were sealed" in result.stdout
        assert "The first difference is in loads.json:" in result.stdout
        assert f"read: sealed {len(lines)}, now {len(lines) - 1}" in result.stdout

    def test_an_export_that_became_another_file_is_named(self, copy):
        first, _ = folders(copy)
        (copy / json.loads((first / "data" / "loads.json").read_text())[0]["file"]).write_text("x\n")
        said = in_one_sentence(auditor(copy, "replay", str(first)))
        assert "has other bytes than were sealed (load 1)\n" in said
        assert "say with --inputs DIR where the exports lie that were sealed" in said

    def test_settings_of_today_change_nothing(self, copy):
        first, _ = folders(copy)
        (copy / "auditor.toml").write_text("[client]\nname = 'Another'\n")
        assert auditor(copy, "replay", str(first)).returncode == 0

    def test_a_bundle_that_was_tampered_with_is_not_replayed(self, copy):
        first, _ = folders(copy)
        (first / "data" / "settings" / "auditor.toml").write_text("")
        assert "is not as it was sealed" in in_one_sentence(auditor(copy, "replay", str(first)))

    @pytest.mark.parametrize(
        "name", ["results.csv", "findings.csv", "results.json", "partners/partner-kestrel.json"]
    )
    def test_a_document_that_was_forged_and_sealed_anew_does_not_come_out_so(self, copy, name):
        first, _ = folders(copy)
        path = first / "data" / name
        path.write_text(path.read_text().replace("fail", "pass", 1))
        sealed_anew(first)
        result = auditor(copy, "replay", str(first))
        assert result.returncode == 1
        assert (
            f"The first difference is in {'manifest.json' if name == 'results.json' else name}"
            in result.stdout
        )

    @pytest.mark.parametrize(
        ("name", "old", "new", "where"),
        [
            ("manifest.json", '"id": "uk-ofcom"', '"id": "/etc"', "packs.0.id"),
            ("manifest.json", '"id": "uk-ofcom"', '"id": "../.."', "packs.0.id"),
            ("manifest.json", '"results_sha256"', '"x"', "results_sha256"),
            ("manifest.json", "{", "", ""),
            ("loads.json", '"file": "exports', '"file": 7, "x": "exports', "0.file"),
            ("loads.json", '"settings": {', '"settings": 5, "x": {', "0.settings"),
            ("loads.json", '"country": "GB"', '"country": []', "country"),
        ],
    )
    def test_a_bundle_that_was_made_up_reads_no_other_file(self, copy, name, old, new, where):
        first, _ = folders(copy)
        path = first / "data" / name
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new, 1))
        sealed_anew(first)
        said = in_one_sentence(auditor(copy, "replay", str(first)))
        assert "not as a run writes" in said
        assert f"({where}" in said

    def test_other_rules_are_named_with_what_they_change(self, copy):
        """The limit as sealed was another: by today's rules the first row that it decided differs."""
        first, _ = folders(copy)
        rule = first / "data" / "rules" / "uk-ofcom" / "abandoned-call-rate" / "rule.toml"
        rule.write_text(rule.read_text().replace('default = "3/100"', 'default = "1/1000"'))
        sealed_anew(first)
        result = auditor(copy, "replay", str(first))
        assert result.returncode == 1
        assert "The first difference is in results.json:" in result.stdout
        assert "limit: sealed '3/100', now '1/1000'" in result.stdout
        assert "  of uk-ofcom, abandoned-call-rate, house" in result.stdout
        assert auditor(copy, "replay", str(first), "--current-rules").returncode == 0


@pytest.mark.parametrize(
    ("sealed", "now", "where", "one", "other"),
    [
        ({"a": 1}, {"a": 2}, "a", "1", "2"),
        ({"a": [{"b": 1}, {"b": 2}]}, {"a": [{"b": 1}, {"b": 3}]}, "a[1].b", "2", "3"),
        ({"a": 1}, {}, "a", "1", "nothing"),
        ({}, {"a": 1}, "a", "nothing", "1"),
        ([1, 2], [1], "", "2 entries", "1 entries"),
        ({"a": 1}, {"a": 1.0}, "a", "1", "1.0"),
    ],
)
def test_the_first_difference(sealed, now, where, one, other):
    found = first_difference(sealed, now)
    assert (found.where, found.sealed, found.now) == (where, one, other)
    assert first_difference(sealed, sealed) is None


class TestReplayOfWhatCameTogether:
    """Companions and corrections are loaded again with what they belonged to."""

    @pytest.mark.parametrize("case", ["asterisk/cases/queue_log.toml", "vicidial-db/cases/tables.toml"])
    def test_files_that_add_facts_to_the_calls_of_others(self, tmp_path, case):
        formats = Path(str(files_of("auditor.sources"))) / "formats"
        (tmp_path / "exports").mkdir()
        for name, text in tomllib.loads((formats / case).read_text("utf-8"))["files"].items():
            (tmp_path / "exports" / name).write_text(text, "utf-8")
        (tmp_path / "auditor.toml").write_text('[[source]]\nfiles = "exports/*"\nzone = "Europe/London"\n')
        assert auditor(tmp_path, "run", "2026-10", "--max-rejects", "100%").returncode in (0, 1, 3)
        (bundle,) = folders(tmp_path)
        companions = [load for load in json.loads((bundle / "data" / "loads.json").read_text())
                      if "mapping_sha256" not in load["settings"]]  # fmt: skip
        assert companions
        result = auditor(tmp_path, "replay", str(bundle))
        assert result.returncode == 0, result.stdout + result.stderr

    def test_a_corrected_file_needs_the_one_it_corrected(self, tmp_path):
        header = "call_id,campaign,dialled_number,dialled_at,outcome\n"
        call = "{},S,+441632960000,2026-10-05T12:00:0{}Z,{}\n"
        export = tmp_path / "exports" / "calls.csv"
        export.parent.mkdir()
        (tmp_path / "auditor.toml").write_text('[[source]]\nfiles = "exports/*.csv"\n')
        export.write_text(header + call.format("a", 1, "busy") + call.format("b", 2, "busy"))
        assert auditor(tmp_path, "load").returncode == 0
        (tmp_path / "archive").mkdir()
        shutil.copy(export, tmp_path / "archive" / "first.csv")
        export.write_text(header + call.format("a", 1, "live_to_agent"))
        assert auditor(tmp_path, "load", "--supersede", "exports/calls.csv").returncode == 0
        assert auditor(tmp_path, "run", "2026-10").returncode in (0, 1, 3)
        (bundle,) = folders(tmp_path)
        named = auditor(tmp_path, "replay", str(bundle))
        assert named.returncode == 1
        assert "exports/calls.csv: has other bytes than were sealed (load 1)" in named.stdout
        result = auditor(tmp_path, "replay", str(bundle), "--inputs", "archive")
        assert result.returncode == 0, result.stdout + result.stderr


def test_a_run_after_a_purge_comes_out_the_same(tmp_path):
    """Loads and purges are done again in their order."""
    header = "call_id,campaign,dialled_number,dialled_at,outcome\n"

    def calls(name, days):
        return header + "".join(
            f"{name}{day},S,+4416329600{day},2026-10-{day}T12:00:00Z,dropped_by_dialler\n" for day in days
        )

    (tmp_path / "auditor.toml").write_text('[[source]]\nfiles = "exports/*.csv"\nformat = "canonical"\n')
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "one.csv").write_text(calls("a", range(10, 25)))
    assert auditor(tmp_path, "load").returncode == 0
    assert auditor(tmp_path, "purge", "--before", "2026-10-15", "--even-so").returncode == 0
    (tmp_path / "exports" / "two.csv").write_text(calls("b", range(12, 28)))
    assert auditor(tmp_path, "run", "2026-10-16..2026-10-31").returncode in (1, 3)
    (bundle,) = folders(tmp_path)
    loads = json.loads((bundle / "data" / "loads.json").read_text())
    assert [(load["accepted"], load["rejected"]) for load in loads] == [(15, 0), (13, 3)]
    result = auditor(tmp_path, "replay", str(bundle))
    assert result.returncode == 0, result.stdout + result.stderr
