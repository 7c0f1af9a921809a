"""The server that a command means, as what deployments need of it."""

from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from eventray_cluster.client_options import UnreachableError
from eventray_cluster.management import Management
from eventray_cluster.templates.appsync import AppSync
from eventray_cluster.templates.deploying import Facts
from eventray_cluster.templates.iam import Iam
from eventray_cluster.templates.server import AllTypes
from eventray_cluster.templates.stacks import ServerStacks
from eventray_core.control.facts import Facts as ServerFacts

TIMEOUT_S = 30
CONFIG = Config(
    connect_timeout=TIMEOUT_S,
    read_timeout=TIMEOUT_S,
    proxies={},
    # A request that is sent again may make the same thing twice; the next deployment knows better.
    retries={"total_max_attempts": 1},
)


@dataclass(frozen=True, slots=True)
class Connection:
    """A server, ready to be asked."""

    server: AllTypes
    stacks: ServerStacks
    facts: Facts


def connect(management: Management) -> Connection:
    """Get ready to ask a server; raises `UnreachableError` if there is none."""
    client = _client(management)
    http = management.http()
    return Connection(AllTypes(AppSync(client), Iam(http)), ServerStacks(http), _facts(client, management))


def _client(management: Management) -> Any:
    key = management.key
    return boto3.Session().client(
        "appsync",
        endpoint_url=management.url,
        region_name=management.region,
        aws_access_key_id=key.access_key_id,
        aws_secret_access_key=key.secret,
        aws_session_token=key.session_token,
        verify=str(management.ca_file) if management.ca_file else None,
        config=CONFIG,
    )


def _facts(client: Any, management: Management) -> Facts:
    """What an API's ARN says of the server; before there is an API, what is known otherwise."""
    try:
        apis = client.list_apis(maxResults=1)["apis"]
    except ClientError:
        apis = []
    except BotoCoreError as error:
        raise UnreachableError(f"The server cannot be reached: {error}") from None
    if not apis:
        return Facts(management.region, ServerFacts().account_id, ServerFacts().partition)
    _, partition, _, region, account, *_ = apis[0]["apiArn"].split(":")
    return Facts(region, account, partition)
