"""HTTP clients: adapters of the `Client` port, one line each."""

CLIENTS = {
    "aiohttp": "crawler.clients.aiohttp_client:AiohttpClient",
    "httpx": "crawler.clients.httpx_client:HttpxClient",
    "httpx2": "crawler.clients.httpx_client:Httpx2Client",
    "curl": "crawler.clients.curl_client:CurlClient",
}
