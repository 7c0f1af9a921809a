from eventray_client import FailedEvent, PublishedEvent, PublishResult


def test_a_result_is_good_when_nothing_failed() -> None:
    accepted = (PublishedEvent(0, "a"),)
    assert PublishResult(accepted, ()).ok
    assert PublishResult((), ()).ok
    assert not PublishResult(accepted, (FailedEvent(1, "b", "EventTooLargeException", ""),)).ok
