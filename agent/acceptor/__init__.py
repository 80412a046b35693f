"""The back office's side: verifies a record, judges it again, closes the work order."""
