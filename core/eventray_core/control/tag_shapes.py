"""Tags as requests bring them (control-plane specification, section 4.1)."""

from typing import Annotated

from msgspec import Meta

TagKey = Annotated[str, Meta(min_length=1, max_length=128, pattern=r"^(?!aws:)[ a-zA-Z+-=._:/]+\Z")]
TagValue = Annotated[str, Meta(max_length=256, pattern=r"^[\s\w+-=\.:/@]*\Z")]
TagMap = Annotated[dict[TagKey, TagValue], Meta(max_length=50)]
TagKeys = Annotated[list[TagKey], Meta(min_length=1, max_length=50)]
