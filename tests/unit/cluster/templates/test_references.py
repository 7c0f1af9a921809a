from typing import Any

import pytest

from eventray_cluster.templates.references import mentioned


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("text", set()),
        ({"Ref": "A"}, {"A"}),
        ({"Fn::GetAtt": "A.Dns.Http"}, {"A"}),
        ({"Fn::GetAtt": ["A", "Dns.Http"]}, {"A"}),
        ({"Fn::GetAtt": ["A", {"Ref": "B"}]}, {"A", "B"}),
        ({"Fn::Sub": "${A}-${B.C}-${!D}-${ E }"}, {"A", "B", "E"}),
        ({"Fn::Sub": ["${own}-${A}", {"own": {"Ref": "B"}}]}, {"A", "B"}),
        ({"Fn::If": ["Condition", {"Ref": "A"}, {"x": [{"Ref": "B"}]}]}, {"A", "B"}),
        ({"Ref": ["A"]}, set()),
    ],
)
def test_all_names_that_are_looked_up_are_found(expression: Any, names: set[str]) -> None:
    assert mentioned(expression) == names
