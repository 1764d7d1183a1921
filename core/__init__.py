"""Provide what every app uses and what knows nothing about this product: text, files, fields, the broker."""
