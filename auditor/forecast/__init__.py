"""The forecast: days of a campaign simulated before it dials, and judged by the rule that will judge them."""
