import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from eventray_cluster.store.first_start import first_records
from eventray_cluster.store.place import DataPlace
from eventray_cluster.store.repository import DatabaseStore

EVENTRAY = Path(sys.executable).parent / "eventray"


def eventray(folder: Path, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """The command, without a terminal and with nothing of ours in its environment but what is given."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("EVENTRAY_")} | variables
    return subprocess.run(
        [EVENTRAY, *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """Data in `old`, and a passphrase in a file."""
    store = DatabaseStore(DataPlace(tmp_path / "old"))
    await store.open()
    await store.close()
    (tmp_path / "passphrase").write_text("open sesame\n")
    return tmp_path


async def test_a_backup_is_restored_from_its_file(folder: Path) -> None:
    store = DatabaseStore(DataPlace(folder / "old"))
    await store.open()  # as a server does that runs meanwhile
    result = eventray(folder, "backup", "b", "--data-dir", "old", "--passphrase-file", "passphrase")
    records = await store.records()
    await store.close()
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == f"{len(first_records(0))} records and 0 files are in b.\n"
    assert stat.S_IMODE((folder / "b").stat().st_mode) == 0o600
    result = eventray(
        folder, "restore", "b", EVENTRAY_DATA_DIR="new", EVENTRAY_BACKUP_PASSPHRASE="open sesame"
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == f"{len(first_records(0))} records and 0 files are in {folder / 'new'}.\n"
    restored = DatabaseStore(DataPlace(folder / "new"))
    await restored.open()
    assert await restored.records() == records
    await restored.close()


@pytest.mark.parametrize(
    ("arguments", "variables", "sentence"),
    [
        (["backup", "b"], {}, "The backup needs a passphrase: give --passphrase-file."),
        (["backup", "b"], {"EVENTRAY_BACKUP_PASSPHRASE": ""}, "The passphrase of a backup cannot be empty."),
        (["backup", "passphrase"], {}, "There is a file passphrase already."),
        (
            ["backup", "b", "--passphrase-file", "none"],
            {},
            "The file none cannot be read: No such file or directory.",
        ),
        (
            ["backup", "no/b"],
            {"EVENTRAY_BACKUP_PASSPHRASE_FILE": "passphrase"},
            "The file no/.b.new cannot be ",
        ),
        (
            ["backup", "b", "--data-dir", "new"],
            {"EVENTRAY_BACKUP_PASSPHRASE": "x"},
            "There are no data in {}/new.",
        ),
        (["restore", "none"], {}, "The file none cannot be read: No such file or directory."),
        (
            ["restore", "passphrase", "--data-dir", "new"],
            {"EVENTRAY_BACKUP_PASSPHRASE": "x"},
            "The file passphrase is not a backup that this version of EventRay knows.",
        ),
    ],
)
async def test_what_is_wrong_is_told_in_a_sentence(
    folder: Path, arguments: list[str], variables: dict[str, str], sentence: str
) -> None:
    result = eventray(folder, *arguments, **{"EVENTRAY_DATA_DIR": "old", **variables})
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(f"eventray: {sentence.format(folder)}"), result.stderr
    assert not (folder / "b").exists() and not (folder / "new").exists()


async def test_a_wrong_passphrase_and_data_in_use_change_nothing(folder: Path) -> None:
    right = {"EVENTRAY_BACKUP_PASSPHRASE": "open sesame"}
    assert eventray(folder, "backup", "b", "--data-dir", "old", **right).returncode == 0
    wrong = {"EVENTRAY_BACKUP_PASSPHRASE": "open barley"}
    result = eventray(folder, "restore", "b", "--data-dir", "new", **wrong)
    assert result.returncode == 2
    assert "The file b cannot be opened: the passphrase is another one" in result.stderr
    assert not (folder / "new").exists()
    store = DatabaseStore(DataPlace(folder / "old"))
    await store.open()
    result = eventray(folder, "restore", "b", "--data-dir", "old", **right)
    await store.close()
    assert (result.returncode, "Another process uses the data" in result.stderr) == (2, True)
