"""The contract, and what generates code from it."""
