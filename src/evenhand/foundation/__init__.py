"""What every part stands on and none of it knows of labelling.

Settings, errors, SQL files, the database and its migrations, background jobs,
telemetry and the server's secret.
"""
