"""What is to be done so that a certificate authority is trusted, or no longer: commands, as plain values."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

Command = tuple[str, ...]

DEBIAN_FOLDER = Path("/usr/local/share/ca-certificates")
KEYCHAIN = "/Library/Keychains/System.keychain"


@dataclass(frozen=True, slots=True)
class Authority:
    """The certificate to be trusted, and the name that it gets in people's stores."""

    file: Path
    name: str

    @classmethod
    def read(cls, file: Path) -> "Authority":
        """Named by its fingerprint, so that several can be told apart. Raises `OSError` or `ValueError`."""
        certificate = x509.load_pem_x509_certificate(file.read_bytes())
        return cls(file, f"eventray-{certificate.fingerprint(SHA256()).hex()[:8]}")


@dataclass(frozen=True, slots=True)
class Step:
    """One place in which the authority is to be trusted, or no longer."""

    place: str
    """For people."""
    commands: tuple[Command, ...]
    """Each may be run again."""
    needs_root: bool = False
    missing: str = ""
    """Without this program the commands cannot be run."""
    only_if: Command = ()
    """If this fails, there is nothing to be done."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What the steps depend on."""

    platform: str
    """As `sys.platform`."""
    home: Path
    which: Callable[[str], str | None]
    """Where a program is, None if it is not there."""
    debian_folder: Path = DEBIAN_FOLDER
    debian_options: Command = ()


def steps(machine: Machine, authority: Authority, remove: bool) -> list[Step]:
    """All that is to be done on this machine: for the system, and for each browser that has its own store."""
    return [_system(machine, authority, remove), *_browsers(machine, authority, remove)]


def _system(machine: Machine, authority: Authority, remove: bool) -> Step:
    place = "the system's store"
    file = str(authority.file)
    if machine.platform == "darwin":
        trust: Command = ("security", "add-trusted-cert", "-d", "-r", "trustRoot", "-k", KEYCHAIN, file)
        if remove:
            trust = ("security", "remove-trusted-cert", "-d", file)
        return Step(place, (trust,), needs_root=True)
    if machine.which("update-ca-certificates"):
        return Step(place, _debian(machine, authority, remove), needs_root=True)
    missing = "" if machine.which("trust") else "trust"
    anchor = ("trust", "anchor", "--remove" if remove else "--store", file)
    return Step(place, (anchor,), needs_root=True, missing=missing)


def _debian(machine: Machine, authority: Authority, remove: bool) -> tuple[Command, ...]:
    """Debian, Ubuntu, Alpine and what descends from them."""
    copy = str(machine.debian_folder / f"{authority.name}.crt")
    update = ("update-ca-certificates", *machine.debian_options)
    if remove:
        return ("rm", "-f", copy), (*update, "--fresh")
    return ("install", "-D", "-m", "644", str(authority.file), copy), update


def _browsers(machine: Machine, authority: Authority, remove: bool) -> list[Step]:
    missing = "" if machine.which("certutil") else "certutil"
    found = [_nss(folder, authority, remove, missing) for folder in nss_stores(machine.home)]
    chromium = machine.home / ".pki" / "nssdb"
    if not remove and not (chromium / "cert9.db").exists() and _has_chromium(machine):
        step = _nss(chromium, authority, remove, missing)
        # The store itself is made by the first certificate in it.
        found.append(replace(step, commands=(("mkdir", "-p", str(chromium)), *step.commands)))
    return found


def _nss(folder: Path, authority: Authority, remove: bool, missing: str) -> Step:
    place, store = f"the browser's store {folder}", ("-d", f"sql:{folder}", "-n", authority.name)
    if remove:
        there: Command = ("certutil", "-L", *store)
        return Step(place, (("certutil", "-D", *store),), missing=missing, only_if=there)
    add: Command = ("certutil", "-A", *store, "-t", "C,,", "-i", str(authority.file))
    return Step(place, (add,), missing=missing)


NSS_STORES = (
    *(".pki/nssdb", "snap/chromium/current/.pki/nssdb"),
    *(".mozilla/firefox/*", ".config/mozilla/firefox/*", "snap/firefox/common/.mozilla/firefox/*"),
    *(".var/app/org.mozilla.firefox/.mozilla/firefox/*", "Library/Application Support/Firefox/Profiles/*"),
)
"""Where Chromium and Firefox keep what they trust, below the home folder."""


def nss_stores(home: Path) -> list[Path]:
    """The stores that are there."""
    return sorted({file.parent for pattern in NSS_STORES for file in home.glob(f"{pattern}/cert9.db")})


def _has_chromium(machine: Machine) -> bool:
    """On Linux: elsewhere it uses the system's store."""
    if machine.platform != "linux":
        return False
    programs = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
    return any(machine.which(program) for program in programs)
