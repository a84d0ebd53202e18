"""What the product promises, each promise with the test that holds it."""
