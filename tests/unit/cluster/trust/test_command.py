"""The real programs, on folders of the test's own."""

import shutil
import subprocess
from pathlib import Path

import pytest
from tests.support.certificates import authority, write_given

from eventray_cluster.certificates.folder import AuthorityError, ca_file
from eventray_cluster.settings import Settings
from eventray_cluster.trust.command import (
    DONE,
    FAILED,
    LEFT_TO_DO,
    AuthorityMissingError,
    authority_of,
    carry_out,
)
from eventray_cluster.trust.steps import Authority, Command, Machine, Step, steps


@pytest.fixture
def ca(tmp_path: Path) -> Authority:
    authority(tmp_path / "data")
    return Authority.read(ca_file(tmp_path / "data"))


def only(*programs: str) -> dict[str, str]:
    return {program: found for program in programs if (found := shutil.which(program))}


def do(machine: Machine, ca: Authority, remove: bool = False, is_root: bool = True) -> tuple[int, list[str]]:
    said: list[str] = []
    return carry_out(steps(machine, ca, remove), is_root, said.append), said


def test_the_systems_store_of_debian(tmp_path: Path, ca: Authority) -> None:
    assert shutil.which("update-ca-certificates"), "the Debian package ca-certificates is needed"
    certificates, local, hooks = tmp_path / "certs", tmp_path / "local", tmp_path / "hooks"
    for folder in (certificates, local, hooks):
        folder.mkdir()
    other, _ = write_given(tmp_path / "shipped", "example.com")
    (tmp_path / "conf").write_text(f"{other.name}\n")
    options: Command = (
        "--etccertsdir",
        str(certificates),
        "--localcertsdir",
        str(local),
        "--hooksdir",
        str(hooks),
    )
    options += ("--certsconf", str(tmp_path / "conf"), "--certsdir", str(other.parent))
    programs = only("update-ca-certificates")
    machine = Machine("linux", tmp_path, programs.get, local, options)
    bundle = certificates / "ca-certificates.crt"
    for _ in range(2):
        assert do(machine, ca) == (DONE, ["the system's store: done"])
        assert bundle.read_bytes() == other.read_bytes() + ca.file.read_bytes()
    for _ in range(2):
        assert do(machine, ca, remove=True) == (DONE, ["the system's store: done"])
        assert bundle.read_bytes() == other.read_bytes()
        assert [path.name for path in certificates.iterdir() if ca.name in path.name] == []


def test_a_browsers_store(tmp_path: Path, ca: Authority) -> None:
    programs = only("certutil")
    assert programs, "the Debian package libnss3-tools is needed"
    profile = tmp_path / ".mozilla" / "firefox" / "abc.default"
    profile.mkdir(parents=True)
    new = ["certutil", "-N", "-d", f"sql:{profile}", "--empty-password"]
    subprocess.run(new, check=True)
    machine = Machine(
        "linux", tmp_path, {**programs, "chromium": "/usr/bin/chromium", "trust": "/bin/trust"}.get
    )
    chromium = tmp_path / ".pki" / "nssdb"

    def trusted(store: Path) -> str:
        listing = subprocess.run(["certutil", "-L", "-d", f"sql:{store}"], capture_output=True, text=True)
        lines = [line.split() for line in listing.stdout.splitlines() if ca.name in line]
        return lines[0][1] if lines else ""

    browsers = steps(machine, ca, remove=False)[1:]
    for _ in range(2):
        assert carry_out(browsers, False, lambda text: None) == DONE
        assert [trusted(store) for store in (profile, chromium)] == ["C,,", "C,,"]
    removing = steps(machine, ca, remove=True)[1:]
    said: list[str] = []
    for _ in range(2):
        assert carry_out(removing, False, said.append) == DONE
        assert [trusted(store) for store in (profile, chromium)] == ["", ""]
    assert [text.rpartition(": ")[2] for text in said] == ["done", "done", "nothing to do", "nothing to do"]


def test_without_rights_the_commands_are_printed(tmp_path: Path, ca: Authority) -> None:
    machine = Machine("linux", tmp_path, {"update-ca-certificates": "/x"}.get)
    code, said = do(machine, ca, is_root=False)
    assert code == LEFT_TO_DO
    assert said == [
        "the system's store: only the administrator may change it. Run",
        f"  sudo install -D -m 644 {ca.file} /usr/local/share/ca-certificates/{ca.name}.crt",
        "  sudo update-ca-certificates",
    ]


def test_without_the_program_the_commands_are_printed(tmp_path: Path, ca: Authority) -> None:
    code, said = do(Machine("linux", tmp_path, {"other": "/x"}.get), ca)
    assert code == LEFT_TO_DO
    assert said == [
        "the system's store: the program trust is not installed. With it, run",
        f"  trust anchor --store {ca.file}",
    ]


def test_what_fails_is_told_and_the_rest_is_done() -> None:
    said: list[str] = []
    wanted = [
        Step("a", (("sh", "-c", "echo first >&2; echo because >&2; exit 3"), ("touch", "/never"))),
        Step("b", (("true",),)),
        Step("c", (("no-such-program",),)),
        Step("d", (("false",),)),
        Step("e", (("false",),), only_if=("false",)),
        Step("f", (("true",),), missing="x"),
    ]
    assert carry_out(wanted, True, said.append) == FAILED
    assert said[0].endswith("exit 3' failed: because")
    assert said[1] == "b: done"
    assert said[2].startswith("c: no-such-program failed: ")
    assert said[3] == "d: false failed: exit code 1"
    assert said[4] == "e: nothing to do"
    assert carry_out(wanted[1:2] + wanted[5:], True, said.append) == LEFT_TO_DO
    assert carry_out([], True, said.append) == DONE


def test_there_is_an_authority_before_the_first_start(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    with pytest.raises(AuthorityMissingError, match=r"^There is no certificate authority in .*/tls\.$"):
        authority_of(settings, make=False)
    made = authority_of(settings, make=True)
    assert made.file == ca_file(settings.data_dir)
    assert authority_of(settings, make=False) == authority_of(settings, make=True) == made
    with pytest.raises(AuthorityError, match="cannot sign names below"):
        authority_of(Settings(data_dir=tmp_path / "data", domain_suffix="events.example.com"), make=True)
