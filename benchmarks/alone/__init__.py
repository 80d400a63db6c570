"""Ways to ask that are measured without a crawl: our clients, and their libraries bare, one file each."""

WAYS = {
    "aiohttp": "benchmarks.alone.adapter:aiohttp",
    "httpx": "benchmarks.alone.adapter:httpx",
    "httpx2": "benchmarks.alone.adapter:httpx2",
    "curl": "benchmarks.alone.adapter:curl",
    "bare-aiohttp": "benchmarks.alone.bare_aiohttp:asking",
    "bare-httpx": "benchmarks.alone.bare_httpx:httpx",
    "bare-httpx2": "benchmarks.alone.bare_httpx:httpx2",
    "bare-pycurl": "benchmarks.alone.bare_pycurl:asking",
}
