from pathlib import Path

import pytest
from tests.support.certificates import authority, write_given

from eventray_cluster.certificates.folder import ca_file
from eventray_cluster.trust.steps import Authority, Machine, nss_stores, steps

CA = Authority(Path("/data/tls/ca.pem"), "eventray-0123abcd")


def machine(home: Path, *programs: str, platform: str = "linux") -> Machine:
    return Machine(platform, home, lambda name: f"/usr/bin/{name}" if name in programs else None)


def store(home: Path, folder: str) -> Path:
    path = home / folder
    path.mkdir(parents=True)
    (path / "cert9.db").touch()
    return path


def test_an_authority_is_named_by_what_it_is(tmp_path: Path) -> None:
    authority(tmp_path)
    authority(tmp_path / "other")
    names = {Authority.read(ca_file(folder)).name for folder in (tmp_path, tmp_path / "other", tmp_path)}
    assert len(names) == 2
    with pytest.raises(ValueError, match="PEM"):
        Authority.read(write_given(tmp_path)[1])


@pytest.mark.parametrize(
    ("platform", "programs", "remove", "commands"),
    [
        (
            "linux",
            ("update-ca-certificates", "trust"),
            False,
            [
                "install -D -m 644 /data/tls/ca.pem /usr/local/share/ca-certificates/eventray-0123abcd.crt",
                "update-ca-certificates",
            ],
        ),
        (
            "linux",
            ("update-ca-certificates",),
            True,
            [
                "rm -f /usr/local/share/ca-certificates/eventray-0123abcd.crt",
                "update-ca-certificates --fresh",
            ],
        ),
        ("linux", ("trust",), False, ["trust anchor --store /data/tls/ca.pem"]),
        ("linux", ("trust",), True, ["trust anchor --remove /data/tls/ca.pem"]),
        (
            "darwin",
            ("security",),
            False,
            [
                "security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain "
                "/data/tls/ca.pem"
            ],
        ),
        ("darwin", ("security",), True, ["security remove-trusted-cert -d /data/tls/ca.pem"]),
    ],
)
def test_the_systems_store(
    tmp_path: Path, platform: str, programs: tuple[str, ...], remove: bool, commands: list[str]
) -> None:
    [step] = steps(machine(tmp_path, *programs, platform=platform), CA, remove)
    assert [" ".join(command) for command in step.commands] == commands
    assert step.needs_root
    assert step.missing == ""


def test_a_system_that_we_do_not_know(tmp_path: Path) -> None:
    [step] = steps(machine(tmp_path), CA, remove=False)
    assert step.missing == "trust"


def test_browsers_with_a_store_of_their_own_are_found(tmp_path: Path) -> None:
    found = [
        store(tmp_path, folder)
        for folder in (
            ".mozilla/firefox/abc.default",
            ".pki/nssdb",
            "Library/Application Support/Firefox/Profiles/x.default-release",
            "snap/chromium/current/.pki/nssdb",
            "snap/firefox/common/.mozilla/firefox/y",
        )
    ]
    (tmp_path / ".mozilla" / "firefox" / "Crash Reports").mkdir()
    assert nss_stores(tmp_path) == sorted(found)
    browsers = steps(machine(tmp_path, "certutil", "trust"), CA, remove=False)[1:]
    assert [step.place for step in browsers] == [f"the browser's store {path}" for path in sorted(found)]
    assert not [step for step in browsers if step.needs_root or step.missing]


def test_without_certutil_browsers_are_left_to_people(tmp_path: Path) -> None:
    store(tmp_path, ".pki/nssdb")
    assert steps(machine(tmp_path, "trust"), CA, remove=False)[1].missing == "certutil"


@pytest.mark.parametrize(
    ("platform", "programs", "remove", "made"),
    [
        ("linux", ("chromium",), False, True),
        ("linux", ("google-chrome",), False, True),
        ("linux", ("firefox",), False, False),
        ("linux", ("chromium",), True, False),
        ("darwin", ("chromium",), False, False),
    ],
)
def test_chromium_gets_a_store_before_its_first_start(
    tmp_path: Path, platform: str, programs: tuple[str, ...], remove: bool, made: bool
) -> None:
    browsers = steps(machine(tmp_path, "certutil", *programs, platform=platform), CA, remove)[1:]
    folder = str(tmp_path / ".pki" / "nssdb")
    assert [step.commands[0] for step in browsers] == ([("mkdir", "-p", folder)] if made else [])
