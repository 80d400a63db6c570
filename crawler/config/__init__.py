"""YAML text to a validated model, with every mistake named by file, line and key."""
