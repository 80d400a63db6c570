"""YAML text to plain values that know where they were written."""
