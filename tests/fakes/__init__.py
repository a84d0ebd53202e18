"""Stand-ins for stores, held to the same suites as the real ones (tests/contract)."""
