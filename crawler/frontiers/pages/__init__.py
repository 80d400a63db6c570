"""What is kept of pages from one run to the next."""
