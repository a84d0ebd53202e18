"""What every bearer of access tokens can do."""

from typing import Protocol

from client.failures import ClientError

EXPIRY_MARGIN_SECONDS = 10.0


class Bearer(Protocol):
    """Whoever has access tokens, and gets others when those end."""

    @property
    def email(self) -> str:
        """Tell who is signed in; empty where nobody is, and for a machine."""

    async def token(self) -> str:
        """Give an access token that holds by this machine's clock; ClientError where none is."""

    async def renewed(self, *, instead_of: str) -> str:
        """Give another token than the one that was refused; many that ask at once get the same."""

    def ended(self) -> ClientError:
        """Say that the token was refused and so was the one after it."""

    async def close(self) -> None:
        """End, and let nothing be lost that is on its way."""
