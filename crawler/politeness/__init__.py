"""What a host allows, and how long it is left alone."""
