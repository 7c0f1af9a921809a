"""A service whose data are lost goes on from its backup, and its clients notice nothing else."""

import asyncio
import shutil
import ssl
from pathlib import Path

import httpx
import pytest

from eventray_cluster.certificates.source import OpenCertificatesAt
from tests.support.management import Management, appsync
from tests.support.rig import Rig, running
from tests.support.served import EVENTRAY


async def eventray(folder: Path, *arguments: str) -> None:
    (folder / "passphrase").write_text("open sesame")
    command = [str(EVENTRAY), *arguments, "--passphrase-file", "passphrase", "--data-dir", "data"]
    process = await asyncio.create_subprocess_exec(*command, cwd=folder)
    assert await process.wait() == 0


async def publish(rig: Rig, api_id: str, key: str, tls: ssl.SSLContext) -> int:
    """By the path of the API, from a client that trusts the authority it once got."""
    async with httpx.AsyncClient(verify=tls, trust_env=False) as http:
        answer = await http.post(
            f"https://localhost:{rig.tls_ports[0]}/apis/{api_id}/event",
            json={"channel": "/news/a", "events": ["1"]},
            headers={"x-api-key": key},
        )
    return answer.status_code


async def management(rig: Rig) -> Management:
    """boto3 takes so long to make a client that members would lose their lease meanwhile."""
    return Management(await asyncio.to_thread(appsync, rig))


@pytest.mark.timeout(120)
async def test_keys_and_certificates_work_after_a_restore(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with running(data, certificates=OpenCertificatesAt(data)) as rig:
        manage = await management(rig)
        api_id = await manage.new_api()
        await manage.create_channel_namespace(apiId=api_id, name="news")
        key = await manage.new_key(api_id)
        tls = ssl.create_default_context(cafile=data / "tls" / "ca.pem")
        assert await publish(rig, api_id, key, tls) == 200
        access = (rig.access_key_id, rig.secret_access_key)
        await eventray(tmp_path, "backup", "backup")
        later = await manage.new_api("later")
    shutil.rmtree(data)
    await eventray(tmp_path, "restore", "backup")
    async with running(data, certificates=OpenCertificatesAt(data)) as rig:
        assert (rig.access_key_id, rig.secret_access_key) == access
        assert await publish(rig, api_id, key, tls) == 200
        apis = {api["apiId"] for api in (await (await management(rig)).list_apis())["apis"]}
        assert api_id in apis and later not in apis
