"""What is wrong with a template."""

from eventray_cluster.errors import UsageError

Path = tuple[str, ...]
"""The way into a template, such as `("Resources", "Api", "Properties", "Name")`."""


class TemplateError(UsageError):
    """A template that cannot be deployed: where, and why."""

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(path, message)
        self.path = path
        self.message = message

    def __str__(self) -> str:
        return f"{'.'.join(self.path)}: {self.message}" if self.path else self.message
