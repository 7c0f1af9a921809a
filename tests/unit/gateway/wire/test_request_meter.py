import pytest

from eventray_core.limits import Limits
from eventray_gateway.wire.request_meter import (
    BAD_FRAMING,
    BODY_SLACK,
    BODY_TOO_LARGE,
    HEAD_TOO_LARGE,
    MAX_HEADERS,
    RefusedError,
    RequestMeter,
)

LIMITS = Limits(header_bytes=1_000, publish_body_bytes=5_000)


@pytest.fixture
def meter() -> RequestMeter:
    return RequestMeter(LIMITS)


def test_a_head_may_be_as_long_as_the_limit(meter: RequestMeter) -> None:
    meter.add_target(100)
    meter.add_field(896)
    with pytest.raises(RefusedError) as refused:
        meter.add_target(1)
    assert refused.value.rejection == HEAD_TOO_LARGE


def test_many_small_headers_are_too_many() -> None:
    meter = RequestMeter(Limits())
    for _ in range(MAX_HEADERS):
        meter.add_field(1)
    with pytest.raises(RefusedError) as refused:
        meter.add_field(1)
    assert refused.value.rejection == HEAD_TOO_LARGE


def test_an_unfinished_header_shows_as_bytes_that_lead_to_nothing(meter: RequestMeter) -> None:
    meter.fed(900)
    meter.fed(900)
    with pytest.raises(RefusedError) as refused:
        meter.fed(101)
    assert refused.value.rejection == HEAD_TOO_LARGE


def test_a_declared_body_is_judged_before_it_comes(meter: RequestMeter) -> None:
    meter.declared = LIMITS.publish_body_bytes + BODY_SLACK
    meter.end_head()
    meter.begin()
    meter.declared = LIMITS.publish_body_bytes + BODY_SLACK + 1
    with pytest.raises(RefusedError) as refused:
        meter.end_head()
    assert refused.value.rejection == BODY_TOO_LARGE


def test_an_undeclared_body_is_counted(meter: RequestMeter) -> None:
    meter.end_head()
    meter.add_body(LIMITS.publish_body_bytes)
    meter.add_body(BODY_SLACK)
    with pytest.raises(RefusedError) as refused:
        meter.add_body(1)
    assert refused.value.rejection == BODY_TOO_LARGE


def test_a_body_that_is_all_framing_is_refused(meter: RequestMeter) -> None:
    meter.end_head()
    meter.fed(10)
    meter.fed(1_000)
    with pytest.raises(RefusedError) as refused:
        meter.fed(1)
    assert refused.value.rejection == BAD_FRAMING


def test_progress_forgives_what_was_before(meter: RequestMeter) -> None:
    meter.end_head()
    for _ in range(10):
        meter.fed(10)
        meter.fed(900)
        meter.add_body(1)
    assert meter.body == 10


def test_each_request_is_counted_afresh(meter: RequestMeter) -> None:
    for _ in range(3):
        meter.begin()
        meter.add_field(900)
        meter.end_head()
        meter.add_body(40_000)
