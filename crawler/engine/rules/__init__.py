"""What may be asked, what is tried again, where it ends: decisions without any waiting or sending."""
