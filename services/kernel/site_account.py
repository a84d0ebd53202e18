"""A person of a site, by the account that holds issues there."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SiteAccount:
    """An account by its id, with the name it has now; `active` is None until the site was asked.

    Nothing else of a person is kept: no address, no picture.
    """

    account_id: str
    display_name: str
    active: bool | None = None
