"""Whether an annotator can tell gold tasks from live ones by anything that the server lets show."""
