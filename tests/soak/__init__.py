"""Worlds by seed: a site that lives and misbehaves, collected by the product, held to the truth."""
