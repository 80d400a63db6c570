"""Bytes to text to tree to links: pure functions, no I/O."""
