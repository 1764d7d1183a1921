"""Import customers, legal entities and users from CSV files."""
