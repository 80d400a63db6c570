"""Pages that would hold up all others, read in a process of their own."""
