"""Parts of the generators; nothing here is a backend of its own."""
