"""Everything that can go wrong in words a caller may read.

    ProductError
    ├── InvalidField              INVALID_ARGUMENT     a field's value cannot be accepted
    │   └── SiteNotAllowed                             the address is not one we may call
    ├── ConnectionAmbiguous       INVALID_ARGUMENT     several connections, none named
    ├── TokenInvalid              UNAUTHENTICATED      no token, or one that does not hold
    │   └── TokenStale                                 a token that was revoked since
    ├── CredentialsInvalid        UNAUTHENTICATED      e-mail and password do not belong together
    ├── ApiKeyInvalid             UNAUTHENTICATED      the API key is of no use
    ├── ClientCredentialsInvalid  UNAUTHENTICATED      a service's id and secret do not hold
    ├── WebhookRefused            UNAUTHENTICATED      not signed by the connection's site
    ├── RefreshTokenInvalid       UNAUTHENTICATED      the refresh token is of no use any more
    ├── RoleInsufficient          PERMISSION_DENIED    the caller's role is not enough
    ├── ScopeInsufficient         PERMISSION_DENIED    the API key lacks a scope
    ├── AccountDisabled           PERMISSION_DENIED    an operator has disabled the account
    ├── NotFound                  NOT_FOUND            not in the caller's workspace
    ├── EmailTaken                ALREADY_EXISTS       the address has an account
    ├── AlreadyMember             ALREADY_EXISTS       who is invited is a member
    ├── ConnectionNameTaken       ALREADY_EXISTS       the workspace has such a connection
    ├── LinkInvalid               FAILED_PRECONDITION  a mailed link that opens nothing
    ├── EmailNotConfirmed         FAILED_PRECONDITION  the address is not confirmed
    ├── LastOwner                 FAILED_PRECONDITION  nobody would own the workspace
    ├── ConnectionNeedsCredentials FAILED_PRECONDITION the site refuses the stored credential
    ├── SiteCredentialsRefused    FAILED_PRECONDITION  the site refuses the offered credential
    ├── SiteNotJira               FAILED_PRECONDITION  something else answers there
    ├── ConnectionNotSynced       FAILED_PRECONDITION  nothing stored yet
    ├── SiteUnreachable           UNAVAILABLE          the site does not answer now
    ├── StoreUnavailable          UNAVAILABLE          a store of ours does not answer now
    ├── ServiceUnavailable        UNAVAILABLE          another service of ours does not answer
    ├── LimitReached              RESOURCE_EXHAUSTED   the workspace has as many as it may
    ├── QuotaSpent                RESOURCE_EXHAUSTED   as many syncs an hour as the tier has
    ├── TooManyAttempts           RESOURCE_EXHAUSTED   too many attempts failed
    └── Overloaded                RESOURCE_EXHAUSTED   too much work at once

A reason is the identity of an error (jira_analytics.errors.v1.Error.Reason); its sentence may
change.
"""

from services.kernel.errors.collecting import (
    ConnectionAmbiguous,
    ConnectionNameTaken,
    ConnectionNeedsCredentials,
    ConnectionNotSynced,
    QuotaSpent,
    SiteCredentialsRefused,
    SiteNotAllowed,
    SiteNotJira,
    SiteUnreachable,
    WebhookRefused,
)
from services.kernel.errors.identity import (
    AccountDisabled,
    AlreadyMember,
    ApiKeyInvalid,
    ClientCredentialsInvalid,
    CredentialsInvalid,
    EmailNotConfirmed,
    EmailTaken,
    LastOwner,
    LimitReached,
    LinkInvalid,
    RefreshTokenInvalid,
    RoleInsufficient,
    ScopeInsufficient,
    TokenInvalid,
    TokenStale,
    TooManyAttempts,
)
from services.kernel.errors.product_error import InvalidField, NotFound, ProductError
from services.kernel.errors.serving import Overloaded, ServiceUnavailable, StoreUnavailable

__all__ = [
    "AccountDisabled",
    "AlreadyMember",
    "ApiKeyInvalid",
    "ClientCredentialsInvalid",
    "ConnectionAmbiguous",
    "ConnectionNameTaken",
    "ConnectionNeedsCredentials",
    "ConnectionNotSynced",
    "CredentialsInvalid",
    "EmailNotConfirmed",
    "EmailTaken",
    "InvalidField",
    "LastOwner",
    "LimitReached",
    "LinkInvalid",
    "NotFound",
    "Overloaded",
    "ProductError",
    "QuotaSpent",
    "RefreshTokenInvalid",
    "RoleInsufficient",
    "ScopeInsufficient",
    "ServiceUnavailable",
    "SiteCredentialsRefused",
    "SiteNotAllowed",
    "SiteNotJira",
    "SiteUnreachable",
    "StoreUnavailable",
    "TokenInvalid",
    "TokenStale",
    "TooManyAttempts",
    "WebhookRefused",
]
