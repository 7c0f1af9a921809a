import pytest

from eventray_cluster.data_dir import DataDirectoryError
from eventray_cluster.store.engine import postgresql_url


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+asyncpg"])
def test_every_way_to_write_postgresql_means_the_same(scheme: str) -> None:
    url = postgresql_url(f"{scheme}://someone:p%40ss@db.example:5433/eventray")
    assert url.render_as_string(hide_password=False) == (
        "postgresql+asyncpg://someone:p%40ss@db.example:5433/eventray"
    )


def test_tls_can_be_asked_for_in_libpqs_words() -> None:
    url = postgresql_url("postgresql://h/d?sslmode=verify-full&host=a")
    assert dict(url.query) == {"ssl": "verify-full", "host": "a"}


@pytest.mark.parametrize(
    "text", ["postgresql://u:hidden@h:port/d", "sqlite:///hidden", "postgresql://[hidden/d"]
)
def test_what_cannot_be_used_is_told_but_not_shown(text: str) -> None:
    with pytest.raises(
        DataDirectoryError, match="URL of the database cannot be used: it must be like"
    ) as error:
        postgresql_url(text)
    assert "hidden" not in str(error.value)
