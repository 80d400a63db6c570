"""The crawl loop and its rules."""
