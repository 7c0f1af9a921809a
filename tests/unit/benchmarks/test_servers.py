import json

import pytest
from benchmarks.scenarios import EVENT_BYTES
from benchmarks.servers import event_text, eventray_target, read_metric

EXPOSITION = """# HELP eventray_deliveries_total data frames
eventray_deliveries_total 1.5e+06
eventray_deliveries_total_of_others 7
eventray_errors_total{type="BadRequestException"} 3.0
"""


def test_an_event_has_the_measured_size_once_the_stamp_is_in() -> None:
    event = event_text().replace("%T", "~t" + 16 * "0")
    assert len(event) == EVENT_BYTES
    assert json.loads(event)


def test_a_publish_holds_as_many_events_as_it_says() -> None:
    body = json.loads(eventray_target(80, "da2-key", 5).body)
    assert body["events"] == [event_text()] * 5


def test_options_leave_out_what_a_server_does_not_need() -> None:
    target = eventray_target(80, "da2-key", 1)
    assert "--port=80" in target.options()
    assert "--header=x-api-key: da2-key" in target.options()
    assert all("None" not in option for option in target.options())


@pytest.mark.parametrize(
    ("name", "number"), [("eventray_deliveries_total", 1_500_000), ("eventray_errors_total", 3)]
)
def test_a_metric_is_read_whether_or_not_it_has_labels(name: str, number: float) -> None:
    assert read_metric(EXPOSITION, name) == number


def test_a_metric_that_is_not_there_ends_the_run() -> None:
    with pytest.raises(SystemExit, match="eventray_nothing"):
        read_metric(EXPOSITION, "eventray_nothing")
