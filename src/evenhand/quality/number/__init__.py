"""Numbers and ordered grades: what a quantity is, and how each annotator is off."""
