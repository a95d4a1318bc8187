"""Bricks without opinions: convolutions, attention, recurrence, conditioning, masks."""
