"""Numbers come out as Prometheus reads them, as of the last flush."""

from eventray_gateway.metrics import Metrics, Numbers


def test_numbers_are_those_of_the_last_flush_and_each_gateways_own() -> None:
    numbers: dict[str, Numbers] = {"a": {"connections": 1}, "b": {"connections": 2}}
    first, second = Metrics("a", lambda: numbers["a"]), Metrics("b", lambda: numbers["b"])
    first.flush()
    second.flush()
    numbers["a"] = {"connections": 7}
    assert "eventray_connections 1.0\n" in first.text().decode()
    assert "eventray_connections 2.0\n" in second.text().decode()
    first.flush()
    assert "eventray_connections 7.0\n" in first.text().decode()


def test_kinds_are_labels_and_counters_are_totals() -> None:
    read: Numbers = {"errors": {"BadRequestException": 3}, "link_queue_bytes": {"channel-shard-0": 5}}
    metrics = Metrics("a", lambda: read)
    metrics.flush()
    text = metrics.text().decode()
    assert 'eventray_errors_total{type="BadRequestException"} 3.0\n' in text
    assert 'eventray_link_queue_bytes{shard="channel-shard-0"} 5.0\n' in text
