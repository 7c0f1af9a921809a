"""The management API as its users call it: boto3 against a running service."""

import asyncio
from typing import Any, Protocol

import boto3
from botocore.config import Config

BY_KEY = [{"authType": "API_KEY"}]
EVENT_CONFIG = {
    "authProviders": BY_KEY,
    "connectionAuthModes": BY_KEY,
    "defaultPublishAuthModes": BY_KEY,
    "defaultSubscribeAuthModes": BY_KEY,
}
REGION = "us-east-1"


class Managed(Protocol):
    """A running service, and the keys of its administrator."""

    access_key_id: str
    secret_access_key: str

    def control_url(self, gateway: int = 0) -> str:
        """Where the management API is."""


def appsync(service: Managed, gateway: int = 0, **options: Any) -> Any:
    """A client of boto3 that does not try again by itself; `options` change how it is made."""
    settings: dict[str, Any] = {
        "endpoint_url": service.control_url(gateway),
        "region_name": REGION,
        "aws_access_key_id": service.access_key_id,
        "aws_secret_access_key": service.secret_access_key,
        "config": Config(retries={"total_max_attempts": 1}, max_pool_connections=20),
    }
    return boto3.session.Session().client("appsync", **{**settings, **options})


class Management:
    """boto3's operations as coroutines: the service may run on the same event loop."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def __getattr__(self, operation: str) -> Any:
        async def call(**parameters: Any) -> Any:
            return await asyncio.to_thread(getattr(self.client, operation), **parameters)

        return call

    async def pages(self, paginator: str, **parameters: Any) -> list[Any]:
        """All pages of one of boto3's paginators."""
        return await asyncio.to_thread(
            lambda: list(self.client.get_paginator(paginator).paginate(**parameters))
        )

    async def new_api(self, name: str = "made", **parameters: Any) -> str:
        """Make an API for keys; returns its id."""
        answer = await self.create_api(name=name, eventConfig=EVENT_CONFIG, **parameters)
        api_id: str = answer["api"]["apiId"]
        return api_id

    async def new_key(self, api_id: str) -> str:
        """Make a key; returns it."""
        key: str = (await self.create_api_key(apiId=api_id))["apiKey"]["id"]
        return key
