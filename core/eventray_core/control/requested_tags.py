"""The tags that a call is about, for policies with `aws:RequestTag` and `aws:TagKeys`."""

from collections.abc import Mapping

from eventray_core import json_text
from eventray_core.control.calls import Call

TAG_KEYS = "tagKeys"


def requested_tags(call: Call) -> Mapping[str, str | None]:
    """Tags by key as the call sets them, or with None as it removes them.

    What is no tag is left out here, and refused by the operation.
    """
    removed = {value: None for name, value in call.query if name == TAG_KEYS}
    return {**removed, **_set_tags(call.body)}


def _set_tags(body: bytes) -> dict[str, str]:
    if not body:
        return {}
    try:
        members = json_text.loads(body)
    except ValueError:
        return {}
    tags = members.get("tags") if isinstance(members, dict) else None
    if not isinstance(tags, dict):
        return {}
    return {key: value for key, value in tags.items() if isinstance(value, str)}
