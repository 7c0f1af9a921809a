"""`/metrics`: OpenTelemetry instruments over numbers that are copied from plain integers once a second."""

from collections.abc import Callable, Iterable, Mapping

from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import Resource
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest

from eventray_gateway.api_metrics import ApiMetrics
from eventray_gateway.counters import ApiCounters

Numbers = Mapping[str, float | Mapping[str, float]]
"""A number by instrument name, or several by the value of the instrument's one label."""

COUNTERS = {
    "connections_opened": "WebSocket connections accepted",
    "publish_requests": "publishes received over HTTP and WebSocket",
    "management_requests": "requests to the management API",
    "events": "events accepted for publication",
    "event_bytes": "bytes of events accepted for publication",
    "deliveries": "data frames written to subscribers",
    "delivery_writes": "writes that carried them",
    "delivery_bytes": "bytes of data frames",
    "failed_writes": "writes to transports that were closed already",
    "slow_consumers": "connections ended because they did not read",
    "http_requests": "HTTP requests",
    "failed_tls_handshakes": "TLS handshakes that did not come to their end",
    "errors": "errors sent, by error type",
}
GAUGES = {
    "connections": "open WebSocket connections",
    "subscriptions": "live subscriptions",
    "half_open_connections": "connections that have not finished a TLS handshake or a request head",
    "loop_lag_milliseconds": "how late the event loop's last timer came",
    "link_queue_bytes": "bytes not yet confirmed on the link, by shard",
    "certificate_expires_timestamp_seconds": "when the certificate for a name ends, in seconds since 1970",
}
LABELS = {"errors": "type", "link_queue_bytes": "shard", "certificate_expires_timestamp_seconds": "name"}


class Metrics:
    """The instruments of one gateway. `read` and `read_apis` are called by `flush` only."""

    def __init__(
        self,
        gateway: str,
        read: Callable[[], Numbers],
        read_apis: Callable[[], Mapping[str, ApiCounters]] = dict,
    ) -> None:
        self._read = read
        self._read_apis = read_apis
        self._apis = ApiMetrics()
        self._numbers: Numbers = {}
        reader = PrometheusMetricReader(disable_target_info=True, scope_info_enabled=False)
        # The reader knows the process-wide registry only; several gateways in one process need one each.
        collector = reader._collector
        REGISTRY.unregister(collector)
        self._registry = CollectorRegistry()
        self._registry.register(collector)
        self._registry.register(self._apis)
        resource = Resource({"service.name": "eventray", "service.instance.id": gateway})
        provider = MeterProvider([reader], resource=resource, shutdown_on_exit=False)
        meter = provider.get_meter("eventray")
        for name, description in COUNTERS.items():
            meter.create_observable_counter(
                f"eventray_{name}", [self._observe(name)], description=description
            )
        for name, description in GAUGES.items():
            meter.create_observable_gauge(f"eventray_{name}", [self._observe(name)], description=description)

    def _observe(self, name: str) -> Callable[[CallbackOptions], Iterable[Observation]]:
        def observe(options: CallbackOptions) -> Iterable[Observation]:
            number = self._numbers.get(name, 0)
            if isinstance(number, Mapping):
                return [Observation(value, {LABELS[name]: key}) for key, value in number.items()]
            return [Observation(number)]

        return observe

    def flush(self) -> None:
        """Copy the numbers; call once a second."""
        self._numbers = self._read()
        self._apis.take(self._read_apis())

    def text(self) -> bytes:
        """The Prometheus exposition."""
        return generate_latest(self._registry)
