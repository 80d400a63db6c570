"""Sinks: adapters of the `Sink` port, one line each."""

SINKS = {
    "csv": "crawler.sinks.csv_sink:CsvSink",
    "jsonl": "crawler.sinks.jsonl_sink:JsonlSink",
    "parquet": "crawler.sinks.parquet_sink:ParquetSink",
    "warc": "crawler.sinks.warc_sink:WarcSink",
}
