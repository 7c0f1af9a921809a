import os
import uuid

from eventray_gateway.ids import new_id


def test_an_id_is_a_version_4_uuid_as_python_writes_it() -> None:
    for _ in range(1000):
        id_ = new_id()
        assert str(uuid.UUID(id_)) == id_
        assert uuid.UUID(id_).version == 4
        assert uuid.UUID(id_).variant == uuid.RFC_4122


def test_no_id_comes_twice() -> None:
    assert len({new_id() for _ in range(20_000)}) == 20_000


def test_a_forked_process_does_not_give_its_parents_ids() -> None:
    """No process of the service forks, and this is why it would be safe anyway."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, new_id().encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 36).decode() != new_id()
