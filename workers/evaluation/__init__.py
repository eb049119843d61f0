"""How well the parts do: measured by scripts that print their figures as JSON."""
