"""Data sources: what handlers read from and write to (control-plane specification, section 4.5)."""

import enum
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType, field

from eventray_core.shape import Shape

Text = Annotated[str, Meta(min_length=1)]
_Long = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
_Url = Annotated[str, Meta(pattern=r"^https?://[^\s/]+")]


class DataSourceType(enum.StrEnum):
    """AppSync's types of data sources."""

    AWS_LAMBDA = "AWS_LAMBDA"
    AMAZON_DYNAMODB = "AMAZON_DYNAMODB"
    AMAZON_ELASTICSEARCH = "AMAZON_ELASTICSEARCH"
    NONE = "NONE"
    HTTP = "HTTP"
    RELATIONAL_DATABASE = "RELATIONAL_DATABASE"
    AMAZON_OPENSEARCH_SERVICE = "AMAZON_OPENSEARCH_SERVICE"
    AMAZON_EVENTBRIDGE = "AMAZON_EVENTBRIDGE"
    AMAZON_BEDROCK_RUNTIME = "AMAZON_BEDROCK_RUNTIME"


class MetricsConfig(enum.StrEnum):
    """Whether the data source has metrics of its own."""

    ENABLED = "ENABLED"
    DISABLED = "DISABLED"


class RelationalDatabaseSourceType(enum.StrEnum):
    """How a relational database is reached."""

    RDS_HTTP_ENDPOINT = "RDS_HTTP_ENDPOINT"


class AuthorizationType(enum.StrEnum):
    """How requests of an HTTP data source are signed."""

    AWS_IAM = "AWS_IAM"


class LambdaDataSourceConfig(Shape, frozen=True, kw_only=True):
    """A function, by its ARN."""

    lambda_function_arn: Text


class DeltaSyncConfig(Shape, frozen=True, kw_only=True):
    """Versioned tables' settings; the two times are minutes."""

    base_table_ttl: _Long | UnsetType = field(default=UNSET, name="baseTableTTL")
    delta_sync_table_name: str | UnsetType = UNSET
    delta_sync_table_ttl: _Long | UnsetType = field(default=UNSET, name="deltaSyncTableTTL")


class DynamodbDataSourceConfig(Shape, frozen=True, kw_only=True):
    """A DynamoDB table."""

    table_name: Text
    aws_region: Text
    use_caller_credentials: bool | UnsetType = UNSET
    delta_sync_config: DeltaSyncConfig | UnsetType = UNSET
    versioned: bool | UnsetType = UNSET


class AwsIamConfig(Shape, frozen=True, kw_only=True):
    """What a signature of an HTTP data source's requests is made for."""

    signing_region: str | UnsetType = UNSET
    signing_service_name: str | UnsetType = UNSET


class AuthorizationConfig(Shape, frozen=True, kw_only=True):
    """How an HTTP data source's requests are signed."""

    authorization_type: AuthorizationType
    aws_iam_config: AwsIamConfig | UnsetType = UNSET


class HttpDataSourceConfig(Shape, frozen=True, kw_only=True):
    """An HTTP endpoint, `http://…` or `https://…`."""

    endpoint: _Url
    authorization_config: AuthorizationConfig | UnsetType = UNSET


class SearchDataSourceConfig(Shape, frozen=True, kw_only=True):
    """An OpenSearch or Elasticsearch domain."""

    endpoint: Text
    aws_region: Text


class EventBridgeDataSourceConfig(Shape, frozen=True, kw_only=True):
    """An event bus, by its ARN."""

    event_bus_arn: Text


class RdsHttpEndpointConfig(Shape, frozen=True, kw_only=True):
    """A database behind the RDS Data API."""

    aws_region: str | UnsetType = UNSET
    db_cluster_identifier: str | UnsetType = UNSET
    database_name: str | UnsetType = UNSET
    schema: str | UnsetType = UNSET
    aws_secret_store_arn: str | UnsetType = UNSET


class RelationalDatabaseDataSourceConfig(Shape, frozen=True, kw_only=True):
    """A relational database."""

    relational_database_source_type: RelationalDatabaseSourceType | UnsetType = UNSET
    rds_http_endpoint_config: RdsHttpEndpointConfig | UnsetType = UNSET


class DataSourceSettings(Shape, frozen=True, kw_only=True):
    """A data source without its name; configs that do not belong to the type are `UNSET`."""

    type: DataSourceType
    description: str | UnsetType = UNSET
    service_role_arn: str | UnsetType = UNSET
    lambda_config: LambdaDataSourceConfig | UnsetType = UNSET
    dynamodb_config: DynamodbDataSourceConfig | UnsetType = UNSET
    http_config: HttpDataSourceConfig | UnsetType = UNSET
    event_bridge_config: EventBridgeDataSourceConfig | UnsetType = UNSET
    open_search_service_config: SearchDataSourceConfig | UnsetType = UNSET
    elasticsearch_config: SearchDataSourceConfig | UnsetType = UNSET
    relational_database_config: RelationalDatabaseDataSourceConfig | UnsetType = UNSET
    metrics_config: MetricsConfig | UnsetType = UNSET
