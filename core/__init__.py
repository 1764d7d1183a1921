"""Shared foundations that know nothing of this product: text, files and the like."""
