"""The product: three gRPC services and a gateway, on one shared kernel and one chassis."""
