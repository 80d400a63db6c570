"""Builds the parts of a run, owns their lifetimes, and looks at what a run left."""
