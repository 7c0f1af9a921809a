"""What ends a command: told to people in one sentence, and to programs by the exit code."""


class CommandError(Exception):
    """The command cannot go on; the text is one sentence, or one for each thing that is wrong."""

    code = 1
    """What the command exits with."""


class UsageError(CommandError):
    """It cannot run like this: whoever called it must change something."""

    code = 2
