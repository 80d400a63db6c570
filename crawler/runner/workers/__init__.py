"""Processes beside the one that a run began in: children that visit pages, and helpers that read heavy ones."""
