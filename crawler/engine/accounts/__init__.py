"""What happened so far: counts, commits, snapshots."""
