"""May these credentials do that? The mode is chosen by their shape, and must be allowed for the operation."""

import time

from eventray_core.api import Api
from eventray_core.auth import (
    NOT_AUTHORIZED,
    Allowed,
    AuthMode,
    Credentials,
    Decision,
    Denied,
    Operation,
    select_mode,
)
from eventray_core.channel import Channel, ChannelPattern
from eventray_gateway.auth.api_key import check_api_key, is_valid_key

# By the title of a client's test and a user's report; AWS's answer is unverified.
FORBIDDEN = Denied(None, 403)


def authenticate(api: Api, credentials: Credentials) -> Decision:
    """Whether the credentials are good in themselves, whatever they are shown for."""
    if select_mode(credentials) is AuthMode.API_KEY:
        return check_api_key(api, credentials, time.time())
    # The other modes are not served yet: whoever shows their credentials is not authorized.
    return Denied(NOT_AUTHORIZED, 401)


def authorize(
    api: Api, operation: Operation, channel: Channel | ChannelPattern | None, credentials: Credentials
) -> Decision:
    """Decide one operation. An unknown namespace looks exactly like a forbidden one."""
    decision = authenticate(api, credentials)
    if isinstance(decision, Denied):
        return decision
    return decision if decision.mode in _allowed_modes(api, operation, channel) else FORBIDDEN


def is_still_allowed(
    api: Api, operation: Operation, channel: Channel | ChannelPattern | None, allowed: Allowed, now: float
) -> bool:
    """Whether what was allowed then could still be asked for, by the API as it is now."""
    if allowed.mode not in _allowed_modes(api, operation, channel):
        return False
    return allowed.api_key is None or is_valid_key(api, allowed.api_key, now)


def _allowed_modes(
    api: Api, operation: Operation, channel: Channel | ChannelPattern | None
) -> tuple[AuthMode, ...]:
    """The modes allowed for an operation; none where the namespace does not exist."""
    if channel is None:
        return api.connection_auth_modes
    namespace = api.namespaces.get(channel.namespace)
    if namespace is None:
        return ()
    return api.publish_modes(namespace) if operation is Operation.PUBLISH else api.subscribe_modes(namespace)
