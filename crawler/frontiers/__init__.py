"""Frontiers: adapters of the `Frontier` port, one line each."""

FRONTIERS = {
    "sqlite": "crawler.frontiers.sqlite_frontier:SqliteFrontier",
    "memory": "crawler.frontiers.memory_frontier:MemoryFrontier",
}
