"""Where seeds come from that are too many for the configuration."""
