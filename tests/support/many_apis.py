"""A data directory with as many APIs and namespaces as AWS allows, made without asking for each."""

import time
from pathlib import Path

from eventray_cluster.store.place import DataPlace
from eventray_cluster.store.repository import DatabaseStore
from eventray_core.auth import AuthMode
from eventray_core.auth_providers import AuthProvider
from eventray_core.control.records import (
    ApiKeyRecord,
    ApiRecord,
    AuthModeItem,
    EventConfig,
    NamespaceRecord,
    Put,
)

BY_KEY = (AuthModeItem(auth_type=AuthMode.API_KEY),)
CONFIG = EventConfig(
    auth_providers=(AuthProvider(auth_type=AuthMode.API_KEY),),
    connection_auth_modes=BY_KEY,
    default_publish_auth_modes=BY_KEY,
    default_subscribe_auth_modes=BY_KEY,
)
CODE = "export function onPublish(ctx) { return ctx.events }\n" + "// Passes everything on.\n" * 1_000
"""Some 25 KB; the most that a namespace may have is 32 KB."""


async def fill(data_dir: Path, apis: int, namespaces: int) -> list[str]:
    """Add so many APIs with so many namespaces each, and a key; returns their ids."""
    store = DatabaseStore(DataPlace(data_dir))
    await store.open()
    version, _ = await store.records()
    ids = [f"api{number:023}" for number in range(apis)]
    await store.write(version + 1, [put for api_id in ids for put in _api(api_id, namespaces)])
    await store.close()
    return ids


def _api(api_id: str, namespaces: int) -> list[Put]:
    now = round(time.time(), 3)
    expires = int(now) + 86_400 * 7
    key = ApiKeyRecord(api_id=api_id, id=f"da2-{api_id}", created=now, expires=expires, deletes=expires)
    api = ApiRecord(
        api_id=api_id,
        dns_id=f"dns{api_id[3:]}",
        name=api_id,
        created=now,
        event_config=CONFIG,
        namespace_version=1,
    )
    made = (
        NamespaceRecord(
            api_id=api_id,
            name=f"n{number}",
            version=1,
            created=now,
            last_modified=now,
            code_handlers=CODE,
            code_hash="0" * 64,
        )
        for number in range(namespaces)
    )
    return [api.put(), key.put(), *(record.put() for record in made)]
