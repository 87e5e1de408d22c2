"""The ways in: customers' API, workbench API, command line, worker process."""
