"""Models of codes, and the ways of drawing from them."""
