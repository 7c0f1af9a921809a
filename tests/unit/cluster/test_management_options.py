from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from eventray_cluster.management import Management
from eventray_cluster.management_options import OPTIONS, add_command

called: list[tuple[Management, str, int]] = []


def show_it(management: Management, name: Annotated[str, typer.Argument()], count: int = 3) -> None:
    """Show something."""
    called.append((management, name, count))


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()
    app.callback()(lambda: None)
    add_command(app, show_it)
    called.clear()
    return app


def test_a_command_gets_the_server_and_its_own_arguments(
    app: typer.Typer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENTRAY_ACCESS_KEY_ID", "AKIA")
    given = ["show-it", "x", "--control-url", "http://here", "--count", "4"]
    result = CliRunner().invoke(app, given, catch_exceptions=False)
    assert result.exit_code == 0
    ((management, name, count),) = called
    assert (management.url, management.key.access_key_id, name, count) == ("http://here", "AKIA", "x", 4)


def test_the_help_names_all_options_and_exit_codes(app: typer.Typer) -> None:
    text = CliRunner().invoke(app, ["show-it", "--help"]).output
    assert all("--" + name.replace("_", "-") in text for name in OPTIONS)
    assert "Show something." in text
    assert "Exits with 0" in text


def test_a_command_without_a_place_for_the_server_is_a_mistake() -> None:
    def wrong(name: str) -> None: ...

    with pytest.raises(AssertionError, match="must take a Management first"):
        add_command(typer.Typer(), wrong)
