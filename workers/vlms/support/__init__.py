"""Parts of the vision-language backends; nothing here is a backend of its own."""
