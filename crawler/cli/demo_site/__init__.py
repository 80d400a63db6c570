"""A small publisher's web site, served on loopback: something to crawl in the first minute."""
