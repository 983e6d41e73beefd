"""Where runs are kept: the database, its records, and what travels as a file."""
