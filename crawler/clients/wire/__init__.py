"""From a URL to bytes and back: what all clients share below the HTTP libraries."""
