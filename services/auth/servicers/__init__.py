"""The contract's methods, an object for each area: parse, ask, pack."""
