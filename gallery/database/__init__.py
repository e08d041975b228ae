"""The database: its connection, its tables, its migrations, its log, its backups."""
