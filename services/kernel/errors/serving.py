"""What can be wrong with ourselves."""

from services.kernel.errors.product_error import ProductError


class StoreUnavailable(ProductError):
    """A store of ours does not answer now."""

    status = "UNAVAILABLE"
    reason = "STORE_UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__("a store does not answer: try again in a moment")


class ServiceUnavailable(ProductError):
    """Another service of ours, which this answer needs, does not answer now."""

    status = "UNAVAILABLE"
    reason = "SERVICE_UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__("a service does not answer: try again in a moment")


class Overloaded(ProductError):
    """There is too much work at once."""

    status = "RESOURCE_EXHAUSTED"
    reason = "OVERLOADED"

    def __init__(self) -> None:
        super().__init__("too much work at once: try again in a moment", retry_after_seconds="1")
