"""Values, ports, events and errors: what every room may know and nothing else."""
