"""The same job as others do it, each script run in an environment of its own."""
