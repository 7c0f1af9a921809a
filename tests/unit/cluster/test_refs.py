import pickle

import pytest
from ray.exceptions import ActorDiedError, ActorUnavailableError, RayTaskError

from eventray_cluster.refs import RayLocateDirectory, gist


def task_error() -> RayTaskError:
    return RayTaskError(
        "NamespaceDirectory.welcome", "Traceback ...\nValueError: broken", ValueError("broken")
    )


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError("one.\ntwo"), "one"),
        (ValueError(), "ValueError"),
        (task_error(), "broken"),
        (task_error().as_instanceof_cause(), "broken"),
        (ActorDiedError(task_error()), "ValueError: broken"),
        (ActorUnavailableError("It restarts.", None), "The actor None is unavailable: It restarts"),
    ],
)
def test_rays_pages_become_a_line(error: Exception, text: str) -> None:
    assert gist(error).startswith(text)
    assert "\n" not in gist(error)


def test_the_way_to_the_directory_pickles() -> None:
    assert isinstance(pickle.loads(pickle.dumps(RayLocateDirectory())), RayLocateDirectory)
