from eventray_gateway.counters import MOST_ERROR_TYPES, OTHER, ErrorCounts, GatewayCounters


def test_made_up_error_types_are_bounded() -> None:
    errors = ErrorCounts()
    for number in range(MOST_ERROR_TYPES + 5):
        errors.count(f"Type{number}")
    errors.count("Type0")
    assert len(errors) == MOST_ERROR_TYPES + 1
    assert (errors["Type0"], errors[OTHER]) == (2, 5)


def test_what_is_counted_for_an_api_is_counted_for_all() -> None:
    counters = GatewayCounters()
    one, two = counters.of("one"), counters.of("two")
    counters.accepted(one, 2, 10)
    counters.accepted(two, 1, 5)
    counters.refused("BadRequestException", two)
    counters.refused("BadRequestException", None)
    assert (counters.events_in, counters.bytes_in) == (3, 15)
    assert (one.events_in, one.bytes_in, two.events_in, two.bytes_in) == (2, 10, 1, 5)
    assert (counters.errors, one.errors, two.errors) == (
        {"BadRequestException": 2},
        {},
        {"BadRequestException": 1},
    )


def test_an_api_that_is_gone_is_forgotten_by_all_but_its_last_connections() -> None:
    counters = GatewayCounters()
    kept, gone = counters.of("kept"), counters.of("gone")
    gone.connections_opened += 1
    counters.forget(lambda api_id: api_id == "gone")
    gone.connections_closed += 1
    assert counters.apis == {"kept": kept}
    assert counters.of("kept") is kept
    assert counters.of("gone").connections == 0
