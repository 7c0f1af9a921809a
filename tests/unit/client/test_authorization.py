from eventray_client import ApiKey


async def test_a_key_is_shown_and_not_printed() -> None:
    key = ApiKey("da2-secret")
    assert await key.headers("http://host/event", b"{}") == {"x-api-key": "da2-secret"}
    assert "da2-secret" not in repr(key)
