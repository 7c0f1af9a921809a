"""Each API's numbers, as Prometheus reads them, for as long as there is the API."""

from eventray_gateway.api_metrics import ApiMetrics
from eventray_gateway.counters import ApiCounters, ErrorCounts
from eventray_gateway.metrics import Metrics


def test_numbers_are_told_by_api_as_of_the_last_flush() -> None:
    apis = {
        "one": ApiCounters(
            connections_opened=3,
            connections_closed=1,
            subscriptions=4,
            publish_requests=5,
            events_in=6,
            bytes_in=7,
            deliveries=8,
            errors=ErrorCounts({"BadRequestException": 9}),
        ),
        "two": ApiCounters(),
    }
    metrics = Metrics("a", dict, lambda: apis)
    metrics.flush()
    apis["one"].deliveries += 1
    apis["one"].errors.count("BadRequestException")
    lines = metrics.text().decode().splitlines()
    assert {line for line in lines if 'api_id="one"' in line} == {
        'eventray_api_connect_success_total{api_id="one"} 3.0',
        'eventray_api_publish_requests_total{api_id="one"} 5.0',
        'eventray_api_published_events_total{api_id="one"} 6.0',
        'eventray_api_published_event_bytes_total{api_id="one"} 7.0',
        'eventray_api_broadcast_event_success_total{api_id="one"} 8.0',
        'eventray_api_active_connections{api_id="one"} 2.0',
        'eventray_api_active_subscriptions{api_id="one"} 4.0',
        'eventray_api_errors_total{api_id="one",type="BadRequestException"} 9.0',
    }
    assert 'eventray_api_connect_success_total{api_id="two"} 0.0' in lines
    assert "# TYPE eventray_api_errors_total counter" in lines


def test_an_api_that_is_gone_is_told_no_more_however_many_there_were() -> None:
    metrics = ApiMetrics()
    for number in range(2_500):
        metrics.take({str(number): ApiCounters(deliveries=1)})
    told = {sample.labels["api_id"] for family in metrics.collect() for sample in family.samples}
    assert told == {"2499"}
