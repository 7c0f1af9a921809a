"""Structs whose members are named and left out as AppSync's API does it.

They are read from requests, kept in records, written in answers and handed to the data plane, so that
what a caller sent comes back unchanged: an absent member is `UNSET` and stays absent, lists keep their order.
"""

import msgspec


class Shape(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The base of those Structs: camelCase on the wire, members with their default value left out."""
