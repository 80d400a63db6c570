"""crawlfile: the crawler that people configure instead of code."""

__version__ = "0.1.0"
