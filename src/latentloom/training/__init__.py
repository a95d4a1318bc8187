"""One loop for every recipe: who trains, what for, how long, and how it resumes."""
