"""The root of what a caller may read, and what any call may answer."""

from typing import ClassVar


class ProductError(Exception):
    """An error that is meant for the caller; `status` is a gRPC status code by name."""

    status: ClassVar[str]
    reason: ClassVar[str]

    def __init__(self, message: str, **metadata: str) -> None:
        super().__init__(message)
        self.message = message
        self.metadata = metadata


class InvalidField(ProductError):
    """A field's value cannot be accepted; `field` is its path in the request."""

    status = "INVALID_ARGUMENT"
    reason = "INVALID_FIELD"

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}", field=field)


class NotFound(ProductError):
    """There is no such thing in the caller's workspace; another workspace's is no different."""

    status = "NOT_FOUND"
    reason = "NOT_FOUND"

    def __init__(self, what: str) -> None:
        super().__init__(f"there is no such {what} in this workspace")
