"""HTTP/2 as the httpx and httpx2 clients speak it: the h2 library, driven by one reader for each connection."""
