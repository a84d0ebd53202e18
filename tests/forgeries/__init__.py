"""Every forged access token we know of, once, and what refuses it (S1, S2).

The same rows are held against the verifier, each service and the gateway. A row says what Envoy
answers: it passes by nature what only the service can judge, and the service refuses all of them.
"""

from tests.forgeries.claims import CLAIMS
from tests.forgeries.rows import Forgery
from tests.forgeries.signatures import SIGNATURES

FORGERIES: tuple[Forgery, ...] = (*SIGNATURES, *CLAIMS)

__all__ = ["FORGERIES", "Forgery"]
