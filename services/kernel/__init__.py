"""The nouns that services share, pure: no clock, no driver, no message, no await."""
