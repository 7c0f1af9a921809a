"""Each connection is served once per turn of the wheel."""

from functools import partial

from eventray_gateway.keep_alive import KeepAliveWheel


def test_each_is_called_once_per_turn_at_its_step() -> None:
    chosen = iter([0, 1, 1])
    wheel = KeepAliveWheel(4, lambda count: next(chosen))
    beats: list[str] = []
    for name in "abc":
        wheel.add(ord(name), partial(beats.append, name))
    wheel.turn()
    wheel.turn()
    assert beats == []
    wheel.turn()
    assert beats == ["a"]
    wheel.turn()
    assert beats == ["a", "b", "c"]
    for _ in range(4):
        wheel.turn()
    assert beats == ["a", "b", "c"] * 2


def test_the_first_comes_in_the_second_half_of_a_turn() -> None:
    for turns in range(25):
        wheel = KeepAliveWheel(10)
        for _ in range(turns):
            wheel.turn()
        beats: list[int] = []
        wheel.add(1, lambda: beats.append(1))  # noqa: B023
        waited = 0
        while not beats:
            wheel.turn()
            waited += 1
        assert 5 < waited <= 10


def test_who_is_removed_is_called_no_more_even_by_another_of_its_step() -> None:
    wheel = KeepAliveWheel(1)
    beats: list[int] = []
    wheel.add(1, lambda: beats.append(1))
    wheel.add(2, lambda: wheel.remove(2))
    wheel.turn()
    wheel.remove(1)
    wheel.remove(1)
    wheel.turn()
    assert beats == [1]
    assert len(wheel) == 0
