"""What stands for a signal: encoders, bottlenecks, decoders, and direct predictors."""
