import pickle

from eventray_cluster.templates.errors import TemplateError


def test_it_says_where_and_why() -> None:
    error = TemplateError(("Resources", "Api", "Properties"), "It must be a mapping.")
    assert str(error) == "Resources.Api.Properties: It must be a mapping."
    assert str(TemplateError((), "This is not a template.")) == "This is not a template."
    assert error.code == 2


def test_it_survives_pickling() -> None:
    error = pickle.loads(pickle.dumps(TemplateError(("Outputs",), "No.")))
    assert (error.path, error.message) == (("Outputs",), "No.")
