"""The part of `/metrics` that is told API by API. Names follow CloudWatch's for AppSync where it has them.

It does not go through OpenTelemetry, which keeps a place for every label that there ever was, and has but
2,000 of them: APIs come and go.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from eventray_gateway.counters import ApiCounters, ErrorCounts

COUNTERS = {
    "connect_success": ("connections_opened", "WebSocket connections accepted, by API"),
    "publish_requests": ("publish_requests", "publishes received over HTTP and WebSocket, by API"),
    "published_events": ("events_in", "events accepted for publication, by API"),
    "published_event_bytes": ("bytes_in", "bytes of events accepted for publication, by API"),
    "broadcast_event_success": ("deliveries", "data frames written to subscribers, by API"),
}
GAUGES = {
    "active_connections": ("connections", "open WebSocket connections, by API"),
    "active_subscriptions": ("subscriptions", "live subscriptions, by API"),
}
LABEL = "api_id"


class ApiMetrics(Collector):
    """What Prometheus reads of each API, as of the last `take`."""

    def __init__(self) -> None:
        self._apis: dict[str, ApiCounters] = {}

    def take(self, apis: Mapping[str, ApiCounters]) -> None:
        """Copy the numbers; APIs that are not among them are not told any more."""
        self._apis = {i: replace(each, errors=ErrorCounts(each.errors)) for i, each in apis.items()}

    def collect(self) -> Iterable[Metric]:
        """One family after another."""
        for name, (member, text) in COUNTERS.items():
            yield self._filled(CounterMetricFamily(f"eventray_api_{name}", text, labels=[LABEL]), member)
        for name, (member, text) in GAUGES.items():
            yield self._filled(GaugeMetricFamily(f"eventray_api_{name}", text, labels=[LABEL]), member)
        yield self._errors()

    def _filled(self, family: CounterMetricFamily | GaugeMetricFamily, member: str) -> Metric:
        for api_id, counters in self._apis.items():
            family.add_metric([api_id], getattr(counters, member))
        return family

    def _errors(self) -> Metric:
        text = "errors sent, by API and error type"
        family = CounterMetricFamily("eventray_api_errors", text, labels=[LABEL, "type"])
        for api_id, counters in self._apis.items():
            for error_type, number in counters.errors.items():
                family.add_metric([api_id, error_type], number)
        return family
