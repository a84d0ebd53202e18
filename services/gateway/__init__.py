"""The one way in: policy, contract and deployment, rendered purely into Envoy's files."""
