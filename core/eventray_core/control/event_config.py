"""The rules for an API's providers and modes (control-plane specification, section 4.2)."""

from collections.abc import Iterable, Sequence

from eventray_core.auth import AuthMode
from eventray_core.auth_providers import AuthProvider
from eventray_core.control.errors import InvalidRequestError
from eventray_core.control.facts import Facts
from eventray_core.control.records import AuthModeItem, EventConfig

_CONFIGS = {
    AuthMode.AMAZON_COGNITO_USER_POOLS: "cognitoConfig",
    AuthMode.OPENID_CONNECT: "openIDConnectConfig",
    AuthMode.AWS_LAMBDA: "lambdaAuthorizerConfig",
}

_ONCE = (AuthMode.AWS_LAMBDA, AuthMode.AWS_IAM)


def check_event_config(config: EventConfig, facts: Facts) -> None:
    """Raise `InvalidRequestError` unless providers and modes fit together.

    A type may be named twice in a list, which CDK does for two API keys. Providers without a mode are fine.
    """
    lists = _lists(config)
    for name, items in lists.items():
        if not items:
            raise InvalidRequestError(f"eventConfig.{name} must not be empty.")
    _check_providers(config.auth_providers, facts)
    for name, modes in lists.items():
        if name != "authProviders":
            check_modes(f"eventConfig.{name}", modes, config)


def _lists(config: EventConfig) -> dict[str, Sequence[AuthProvider | AuthModeItem]]:
    return {
        "authProviders": config.auth_providers,
        "connectionAuthModes": config.connection_auth_modes,
        "defaultPublishAuthModes": config.default_publish_auth_modes,
        "defaultSubscribeAuthModes": config.default_subscribe_auth_modes,
    }


def _check_providers(providers: Sequence[AuthProvider], facts: Facts) -> None:
    most = facts.quotas.auth_providers_per_api
    if len(providers) > most:
        raise InvalidRequestError(f"eventConfig.authProviders must have at most {most} entries.")
    for mode in _ONCE:
        if sum(provider.auth_type is mode for provider in providers) > 1:
            raise InvalidRequestError(f"eventConfig.authProviders must not have {mode} more than once.")
    for provider in providers:
        _check_provider(provider)


def _check_provider(provider: AuthProvider) -> None:
    given = {
        "cognitoConfig": provider.cognito_config,
        "openIDConnectConfig": provider.open_id_connect_config,
        "lambdaAuthorizerConfig": provider.lambda_authorizer_config,
    }
    wanted = _CONFIGS.get(provider.auth_type)
    for name, config in given.items():
        if bool(config) is not (name == wanted):
            verb = "needs" if name == wanted else "must not have"
            raise InvalidRequestError(f"An auth provider of type {provider.auth_type} {verb} {name}.")


def check_modes(name: str, modes: Iterable[AuthProvider | AuthModeItem], config: EventConfig) -> None:
    """Raise `InvalidRequestError` if a mode has no provider."""
    known = {provider.auth_type for provider in config.auth_providers}
    for mode in modes:
        if mode.auth_type not in known:
            raise InvalidRequestError(
                f"{name} names {mode.auth_type}, which is not among the auth providers."
            )
