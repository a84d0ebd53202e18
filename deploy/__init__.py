"""Ways to run the product: on one machine, in containers, on Kubernetes."""
