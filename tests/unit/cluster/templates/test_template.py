import pytest

from eventray_cluster.templates.errors import TemplateError
from eventray_cluster.templates.reading import read_template
from eventray_cluster.templates.template import Output, Parameter, Resource, template_of

X = "{Resources: {A: {Type: X}}, "
WHOLE = """
AWSTemplateFormatVersion: 2010-09-09
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {Type: String, Default: dev, AllowedValues: [dev, prod], MinLength: 1}
  Secret: {Type: String, NoEcho: true}
Rules: {Check: {Assertions: []}}
Mappings: {Names: {dev: {api: a}}}
Conditions: {Prod: !Equals [!Ref Stage, prod]}
Resources:
  Api:
    Type: AWS::AppSync::Api
    Condition: Prod
    DependsOn: Other
    DeletionPolicy: Retain
    UpdateReplacePolicy: Delete
    Properties: {Name: chat}
  Other: {Type: AWS::IAM::User, DependsOn: [A, B], UpdateReplacePolicy: Retain}
Outputs:
  Id: {Value: !Ref Api, Condition: Prod, Export: {Name: x}}
"""


def test_sections_are_taken_apart() -> None:
    template = template_of(read_template(WHOLE))
    assert template.parameters == {
        "Stage": Parameter("Stage", "String", "dev", False, ("dev", "prod"), {"MinLength": "1"}),
        "Secret": Parameter("Secret", "String", None, True),
    }
    assert template.mappings == {"Names": {"dev": {"api": "a"}}}
    assert template.conditions == {"Prod": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}}
    assert template.resources == {
        "Api": Resource("Api", "AWS::AppSync::Api", {"Name": "chat"}, ("Other",), "Prod", True, False),
        "Other": Resource("Other", "AWS::IAM::User", {}, ("A", "B"), None, False, True),
    }
    assert template.outputs == {"Id": Output("Id", {"Ref": "Api"}, "Prod")}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Resource: {}", "Resource: There is no such section"),
        ("Description: x", "Resources: The template has no resources."),
        ("Resources:", "Resources: The template has no resources."),
        ("Resources: []", "Resources: It must be a mapping."),
        ("Resources: {A: x}", "Resources.A: It must be a mapping."),
        ("Resources: {A: {}}", "Resources.A.Type: It must be a text."),
        ("Resources: {A: {Type: [x]}}", "Resources.A.Type: It must be a text."),
        ("Resources: {A: {Type: X, Properties: []}}", "Resources.A.Properties: It must be a mapping."),
        ("Resources: {A: {Type: X, DependsOn: {a: b}}}", "Resources.A.DependsOn: It must be a text."),
        ("Resources: {A: {Type: X, DeletionPolicy: [a]}}", "Resources.A.DeletionPolicy: It must be a text."),
        ("Resources: {'Fn::ForEach::X': [a]}", "Resources.Fn::ForEach::X: This function is not supported."),
        (X + "Outputs: {O: {Value: }}}", "Outputs.O.Value: An output needs a value."),
        (X + "Parameters: {P: {Type: Number, MinValue: few}}}", "Parameters.P.MinValue: It must be a num"),
        (X + "Parameters: {P: {Default: a}}}", "Parameters.P.Type: It must be a text."),
        (X + "Transform: My-Macro}", "Transform: My-Macro runs in AWS only"),
        (X + "Transform: [AWS::Include]}", "Transform: AWS::Include runs in AWS only"),
    ],
)  # fmt: skip
def test_what_is_not_of_the_form_is_told_with_its_place(text: str, message: str) -> None:
    with pytest.raises(TemplateError) as caught:
        template_of(read_template(text))
    assert str(caught.value).startswith(message)
