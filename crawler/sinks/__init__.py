"""Sinks: adapters of the `Sink` port, one line each."""

SINKS = {
    "jsonl": "crawler.sinks.jsonl_sink:JsonlSink",
}
