import subprocess
import sys

import pytest

import eventray_client

HEAVY = ("ray", "fastapi", "sqlalchemy", "pydantic", "eventray_core", "eventray_cluster", "httpx", "rich")


def test_everything_that_is_offered_is_there_and_explained() -> None:
    for name in eventray_client.__all__:
        assert getattr(eventray_client, name).__doc__, name


@pytest.mark.parametrize("names", [HEAVY])
def test_importing_the_client_imports_nothing_heavy(names: tuple[str, ...]) -> None:
    code = f"import sys, eventray_client; print([n for n in {names} if n in sys.modules])"
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert shown.stdout.strip() == "[]"
