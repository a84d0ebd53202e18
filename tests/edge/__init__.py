"""The gateway as attackers and clients meet it: a real Envoy before small real upstreams."""
