"""Parts that several localizers share."""
