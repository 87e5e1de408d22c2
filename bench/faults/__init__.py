"""What is lost when servers, workers, database, storage or disk fail under load: nothing may be."""
