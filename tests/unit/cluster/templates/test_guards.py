import pytest

from eventray_cluster.templates.evaluating import Evaluator, Scope
from eventray_cluster.templates.guards import unguarded
from eventray_cluster.templates.reading import read_template
from eventray_cluster.templates.template import template_of

API = "  Api: {Type: AWS::AppSync::Api}\n  Balancer: {Type: AWS::ElasticLoadBalancingV2::LoadBalancer}\n"


@pytest.mark.parametrize(
    ("resource", "refused"),
    [
        ("{Type: AWS::WAFv2::WebACLAssociation, Properties: {ResourceArn: !GetAtt Api.ApiArn}}", True),
        ("{Type: AWS::WAFv2::WebACLAssociation, Properties: {ResourceArn: !Sub '${Api}'}}", True),
        (
            "{Type: AWS::WAFv2::WebACLAssociation, Properties: {ResourceArn: 'arn:aws:appsync:x:y:apis/z'}}",
            True,
        ),
        ("{Type: AWS::WAFv2::WebACLAssociation, Properties: {ResourceArn: !ImportValue x}}", True),
        ("{Type: AWS::WAFv2::WebACLAssociation, Properties: {ResourceArn: !Ref Balancer}}", True),
        ("{Type: AWS::WAFv2::WebACLAssociation}", True),
        (
            "{Type: AWS::WAFv2::WebACLAssociation, Properties: {ResourceArn: 'arn:aws:apigateway:x::y'}}",
            False,
        ),
        ("{Type: AWS::WAFv2::WebACL}", False),
        ("{Type: AWS::CloudFormation::Stack}", True),
    ],
)
def test_what_may_guard_an_api_is_refused(resource: str, refused: bool) -> None:
    template = template_of(read_template(f"Resources:\n{API}  Guard: {resource}\n"))
    found = list(unguarded(template.resources, Evaluator(Scope({}))))
    assert [refusal.logical_id for refusal in found] == (["Guard"] if refused else [])
