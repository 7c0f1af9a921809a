"""Server names that are not even text: Python's TLS refuses the handshake, and prints a traceback for each.

That would let anybody fill the logs, so a process that serves TLS replaces the hook that prints.
"""

import sys
from collections.abc import Callable


def without_undecodable_names(
    print_unraisable: Callable[["sys.UnraisableHookArgs"], object],
) -> Callable[["sys.UnraisableHookArgs"], object]:
    """A `sys.unraisablehook` that leaves everything else to the one that is given."""

    def hook(unraisable: "sys.UnraisableHookArgs") -> None:
        # The module `ssl` reports the name's bytes as where the error came from.
        if not (unraisable.exc_type is UnicodeDecodeError and isinstance(unraisable.object, bytes)):
            print_unraisable(unraisable)

    return hook
