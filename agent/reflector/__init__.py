"""The far end of a throughput test: admits by signed order, counts by the kernel, signs what it saw."""
