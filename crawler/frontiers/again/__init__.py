"""What failed in a finished run, asked for once more."""
