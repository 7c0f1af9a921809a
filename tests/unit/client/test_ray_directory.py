"""Without Ray; with one it is tested in `tests/e2e/test_client.py`."""

import sys
from types import ModuleType

import pytest

from eventray_client import ray_directory


def test_a_program_without_ray_is_not_inside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "ray", raising=False)
    assert not ray_directory.is_inside_ray()
    assert "ray" not in sys.modules


def test_a_ray_that_is_only_being_imported_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", ModuleType("ray"))
    assert not ray_directory.is_inside_ray()
