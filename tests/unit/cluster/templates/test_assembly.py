import json
from pathlib import Path
from typing import Any

import pytest

from eventray_cluster.errors import UsageError
from eventray_cluster.templates.assembly import find_source
from eventray_cluster.templates.errors import TemplateError

TEMPLATE = {"Resources": {"Api": {"Type": "AWS::AppSync::Api"}}}
BUCKET = "cdk-assets-${AWS::AccountId}-${AWS::Region}"
PSEUDO = {"AWS::AccountId": "000000000000", "AWS::Region": "us-east-1"}


def artifact(name: str, **more: Any) -> dict[str, Any]:
    properties = {"templateFile": f"{name}.template.json", **more}
    return {"type": "aws:cloudformation:stack", "properties": properties, "dependencies": [f"{name}.assets"]}


def synthesized(folder: Path, artifacts: dict[str, dict[str, Any]]) -> Path:
    """A folder as CDK writes it, with one asset for each stack."""
    manifest: dict[str, Any] = {"artifacts": {**artifacts, "Tree": {"type": "cdk:tree"}}}
    for key, entry in artifacts.items():
        name = entry.get("properties", {}).get("templateFile", "").removesuffix(".template.json")
        if name:
            assets = {"type": "cdk:asset-manifest", "properties": {"file": f"{key}.assets.json"}}
            manifest["artifacts"][f"{key}.assets"] = assets
            (folder / f"{name}.template.json").write_text(json.dumps(TEMPLATE))
            (folder / f"{key}.js").write_text(f"code of {key}")
            (folder / f"{key}.assets.json").write_text(json.dumps(asset_manifest(key)))
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def asset_manifest(key: str) -> dict[str, Any]:
    destination = {"x": {"bucketName": BUCKET, "objectKey": f"{key}-hash.js"}}
    return {
        "files": {
            "code": {"source": {"path": f"{key}.js", "packaging": "file"}, "destinations": destination},
            "folder": {"source": {"path": "asset.x", "packaging": "zip"}, "destinations": destination},
        }
    }


@pytest.mark.parametrize(
    ("name", "stack"),
    [("chat.yaml", "chat"), ("my-app.template.json", "my-app"), ("App.template", "App"), ("noext", "noext")],
)
def test_a_template_gives_its_name_to_the_stack(tmp_path: Path, name: str, stack: str) -> None:
    (tmp_path / name).write_text(json.dumps(TEMPLATE))
    source = find_source(tmp_path / name, None)
    assert (source.stack, list(source.template.resources), source.folder) == (stack, ["Api"], tmp_path)
    assert find_source(tmp_path / name, "other").stack == "other"


def test_a_mark_at_the_beginning_of_a_file_is_no_part_of_it(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_bytes(b"\xef\xbb\xbf" + json.dumps(TEMPLATE).encode())
    assert find_source(tmp_path / "t.json", None).stack == "t"


@pytest.mark.parametrize("place", ["", "Chat.template.json"])
def test_what_cdk_wrote_is_found_by_folder_or_by_template(tmp_path: Path, place: str) -> None:
    folder = synthesized(tmp_path, {"Chat": artifact("Chat", stackName="chat-dev")})
    source = find_source(folder / place, None)
    assert source.stack == "chat-dev"
    location = "s3://cdk-assets-000000000000-us-east-1/Chat-hash.js"
    assert source.file(location, PSEUDO) == "code of Chat"


@pytest.mark.parametrize("given", ["Two", "two-dev"])
def test_of_several_stacks_one_is_chosen_by_either_name(tmp_path: Path, given: str) -> None:
    folder = synthesized(tmp_path, {"One": artifact("One"), "Two": artifact("Two", stackName="two-dev")})
    assert find_source(folder, given).stack == "two-dev"
    with pytest.raises(UsageError, match=r"Say with --stack which stack of .* to deploy: One, two-dev\."):
        find_source(folder, None)
    with pytest.raises(UsageError, match="to deploy: One, two-dev"):
        find_source(folder, "Three")


def test_stages_are_pointed_at(tmp_path: Path) -> None:
    folder = synthesized(tmp_path, {"assembly-Prod": {"type": "cdk:cloud-assembly"}})
    with pytest.raises(UsageError, match=r"to deploy: none\. Its stages are folders of their own"):
        find_source(folder, None)


def test_files_are_relative_to_the_template(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(json.dumps(TEMPLATE))
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "news.js").write_text("code")
    source = find_source(tmp_path / "t.yaml", None)
    assert source.file("code/news.js", PSEUDO) == "code"
    for place in ("nowhere.js", "code"):
        with pytest.raises(UsageError, match="cannot be read"):
            source.file(place, PSEUDO)
    with pytest.raises(UsageError, match="is not among the files that CDK wrote"):
        source.file("s3://bucket/key", PSEUDO)


@pytest.mark.parametrize(
    ("files", "place", "message"),
    [
        ({}, "nowhere.yaml", r"nowhere\.yaml cannot be read: No such file or directory\."),
        ({"t.yaml": b"\xff"}, "t.yaml", "cannot be read: it is not what it should be"),
        ({"t.yaml": b"a: ["}, "t.yaml", r"Line 1, column 5: .* \[.*t\.yaml\]"),
        ({"1st.yaml": b"Resources: {A: {Type: X}}"}, "1st.yaml", "'1st' cannot be a stack's name"),
        ({}, "", r"There is no manifest\.json"),
        ({"manifest.json": b"{"}, "", r"manifest\.json cannot be read"),
        ({"manifest.json": b"[]"}, "", "Say with --stack which stack"),
    ],
)
def test_what_cannot_be_used_is_said(
    tmp_path: Path, files: dict[str, bytes], place: str, message: str
) -> None:
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises((UsageError, TemplateError), match=message):
        find_source(tmp_path / place, None)
