"""Words to the user and exit codes: one file per subcommand."""
