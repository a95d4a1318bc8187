"""Models of codes and of continuous latents, and the ways of drawing from them."""
