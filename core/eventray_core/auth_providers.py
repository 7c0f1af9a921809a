"""Where the identities of an API's callers come from (control-plane specification, section 4.2)."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType, field

from eventray_core.auth import AuthMode
from eventray_core.shape import Shape

Text = Annotated[str, Meta(min_length=1)]
_Milliseconds = Annotated[int, Meta(ge=0, le=2**63 - 1)]


class CognitoConfig(Shape, frozen=True, kw_only=True):
    """A user pool; `app_id_client_regex` filters the app client's id, absent it lets all pass."""

    user_pool_id: Text
    aws_region: Text
    app_id_client_regex: str | UnsetType = UNSET


class OpenIDConnectConfig(Shape, frozen=True, kw_only=True):
    """An issuer, equal to its tokens' `iss`; the times are milliseconds after `iat` and `auth_time`."""

    issuer: Text
    client_id: str | UnsetType = UNSET
    iat_ttl: _Milliseconds | UnsetType = field(default=UNSET, name="iatTTL")
    auth_ttl: _Milliseconds | UnsetType = field(default=UNSET, name="authTTL")


class LambdaAuthorizerConfig(Shape, frozen=True, kw_only=True):
    """A function that decides; without `authorizer_result_ttl_in_seconds` its answer is not kept."""

    authorizer_uri: Text
    authorizer_result_ttl_in_seconds: Annotated[int, Meta(ge=0, le=3600)] | UnsetType = UNSET
    identity_validation_expression: str | UnsetType = UNSET


class AuthProvider(Shape, frozen=True, kw_only=True):
    """One way to tell who calls; the config that belongs to the type is there, the others are `UNSET`."""

    auth_type: AuthMode
    cognito_config: CognitoConfig | UnsetType = UNSET
    open_id_connect_config: OpenIDConnectConfig | UnsetType = field(default=UNSET, name="openIDConnectConfig")
    lambda_authorizer_config: LambdaAuthorizerConfig | UnsetType = UNSET
