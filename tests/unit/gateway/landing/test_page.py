import base64
import hashlib
import re

import pytest

from eventray_gateway.landing.page import landing_page


@pytest.mark.parametrize("has_authority", [False, True])
def test_only_what_is_in_the_page_may_run(has_authority: bool) -> None:
    page = landing_page(has_authority)
    text, policy = page.body.decode(), page.headers["content-security-policy"]
    for tag in ("style", "script"):
        parts = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert len(parts) == 1
        digest = base64.b64encode(hashlib.sha256(parts[0].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert not re.search(r" (on\w+|style)=", text), "an inline handler or style, which the policy forbids"


@pytest.mark.parametrize("has_authority", [False, True])
def test_nothing_comes_from_elsewhere(has_authority: bool) -> None:
    text = landing_page(has_authority).body.decode()
    addresses = set(re.findall(r"https?://[^\s'\"]+", text))
    assert addresses == {"http://www.w3.org/2000/svg"}  # the name of a language, not an address
    assert not re.search(r"\{(style|script|trust)\}", text), "a part is missing"


def test_the_authority_is_offered_where_there_is_one() -> None:
    assert b'href="/ca.pem"' in landing_page(True).body
    assert b"/ca.pem" not in landing_page(False).body
