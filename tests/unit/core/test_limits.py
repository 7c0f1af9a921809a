from dataclasses import FrozenInstanceError, fields, replace

import pytest

from eventray_core.limits import MAX_ID_LENGTH, MAX_SEGMENT_LENGTH, MAX_SEGMENTS, Limits


def test_the_quotas_are_those_of_aws() -> None:
    limits = Limits()
    assert limits.events_per_publish == 5
    assert limits.event_bytes == 245_760
    assert limits.publish_body_bytes == 1_200_000
    assert limits.subscriptions_per_connection == 200
    assert limits.connection_timeout_ms == 300_000
    assert (MAX_SEGMENTS, MAX_SEGMENT_LENGTH, MAX_ID_LENGTH) == (5, 50, 128)


def test_a_frame_may_carry_the_largest_publish() -> None:
    assert Limits().frame_bytes > Limits().publish_body_bytes


def test_a_client_hears_more_than_one_keep_alive_before_it_gives_up() -> None:
    assert Limits().keep_alive_interval_ms <= 60_000
    assert Limits().connection_timeout_ms > 2 * Limits().keep_alive_interval_ms


def test_limits_are_positive_numbers_that_do_not_change() -> None:
    assert all(getattr(Limits(), field.name) > 0 for field in fields(Limits))
    assert replace(Limits(), events_per_publish=1) != Limits()
    with pytest.raises(FrozenInstanceError):
        Limits().events_per_publish = 6  # type: ignore[misc]
