"""The whole product on one machine's loopback: real servers from wheels, one command."""
