"""What training holds down: distances, criteria and weighted sums of them."""
