"""The parts of the curl client: libcurl's easy and multi handles, fed and driven by the event loop."""
