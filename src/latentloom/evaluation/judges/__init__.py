"""What tells real signals from made ones, by learning to."""
