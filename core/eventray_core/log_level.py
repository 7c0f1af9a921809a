"""How much of an API's doing is logged."""

import enum


class LogLevel(enum.StrEnum):
    """NONE, ERROR (handlers' errors), INFO and DEBUG (what handlers log too), ALL (requests too)."""

    NONE = "NONE"
    ERROR = "ERROR"
    ALL = "ALL"
    INFO = "INFO"
    DEBUG = "DEBUG"
