"""What a crawl costs, beside what others cost for the same pages."""
