"""Observers: adapters of the `Observer` port, one line each."""

OBSERVERS = {
    "log": "crawler.observers.log_observer:LogObserver",
    "progress": "crawler.observers.progress_observer:ProgressObserver",
    "report": "crawler.observers.report_observer:ReportObserver",
    "summary": "crawler.observers.summary_observer:SummaryObserver",
}
