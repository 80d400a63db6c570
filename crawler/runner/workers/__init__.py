"""Processes beside the one that a run began in, which visit pages for it."""
