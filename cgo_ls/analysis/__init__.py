"""From functions to states: control flow, dataflow, ownership, summaries."""
