"""The command line: one file a verb; reads, builds, calls, prints."""
