"""Ready-made questions and reasons, which support edits and sends in the language of the customer's user."""
