"""Runs one crawl with every client in turn and says which suits it: `crawl bench`."""
