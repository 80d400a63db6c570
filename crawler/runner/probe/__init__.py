"""One URL through the parts of a real run, which tell what they decide."""
