"""Deployments to a stand-in for the server, and the template that they begin with."""

from pathlib import Path
from typing import Any

from eventray_cluster.templates.applying import delete_stack
from eventray_cluster.templates.deploying import Facts, Preparation, Request, open_stack, prepare
from eventray_cluster.templates.stack import Stack, decode
from tests.support.memory_server import MemoryServer, MemoryStacks

FACTS = Facts("us-east-1", "000000000000")

API = """
  Api: {Type: AWS::AppSync::Api, Properties: {Name: chat}}
"""
FULL = f"""
Parameters: {{Word: {{Type: String, Default: one}}, Pin: {{Type: String, NoEcho: true, Default: ''}}}}
Resources:
{API}
  Key: {{Type: AWS::AppSync::ApiKey, Properties: {{ApiId: !GetAtt Api.ApiId, Description: !Ref Word}}}}
  Source:
    Type: AWS::AppSync::DataSource
    Properties: {{ApiId: !GetAtt Api.ApiId, Name: worker, Type: NONE, ServiceRoleArn: !GetAtt Role.Arn}}
  News:
    Type: AWS::AppSync::ChannelNamespace
    DependsOn: Source
    Properties: {{ApiId: !GetAtt Api.ApiId, Name: news, CodeS3Location: news.js}}
  Role: {{Type: AWS::IAM::Role}}
  Publisher: {{Type: AWS::IAM::Role}}
  Grant:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: grant
      Roles: [!Ref Publisher]
      PolicyDocument:
        Version: 2012-10-17
        Statement: [{{Effect: Allow, Action: appsync:EventPublish, Resource: !Sub '${{Api.ApiArn}}/channelNamespace/*'}}]
  Domain: {{Type: AWS::AppSync::DomainName, Properties: {{DomainName: a.example.com, CertificateArn: arn:a}}}}
  Association:
    Type: AWS::AppSync::DomainNameApiAssociation
    Properties: {{DomainName: !Ref Domain, ApiId: !GetAtt Api.ApiId}}
Outputs:
  Id: {{Value: !GetAtt Api.ApiId}}
  Http: {{Value: !Sub 'https://${{Api.Dns.Http}}/event'}}
  Word: {{Value: !Ref Word}}
  Role: {{Value: !GetAtt Role.Arn}}
"""  # noqa: E501 - a template


class World:
    """A server, and templates that are deployed to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = MemoryServer()
        self.stacks = MemoryStacks()
        (folder / "news.js").write_text("export const a = 1")

    def prepare(self, template: str, **request: Any) -> Preparation:
        """Plan a deployment of the stack `chat`."""
        place = self.folder / "chat.yaml"
        place.write_text(template if "Resources:" in template else f"Resources:\n{template}")
        return prepare(Request(place, **request), self.server, self.stacks, FACTS)

    def deploy(self, template: str, **request: Any) -> list[str]:
        """Deploy the stack `chat`; what was done, a line for each change."""
        prepared = self.prepare(template, **request)
        if prepared.has_changes:
            prepared.deploy(lambda step: None)
        return lines(prepared)

    def delete(self, resume: bool = False) -> list[str]:
        """Delete the stack; the resources that went."""
        kept = open_stack("chat", self.server, self.stacks, resume)
        assert kept is not None
        gone: list[str] = []
        delete_stack(self.server, kept, lambda step: gone.append(step.logical_id))
        return gone

    @property
    def stack(self) -> Stack:
        """The record."""
        return decode(self.stacks.stacks["chat"].body)


def lines(prepared: Preparation) -> list[str]:
    """The changes of a plan."""
    return [f"{s.action} {s.logical_id} {','.join(s.changed)}".strip() for s in prepared.plan.changes]
