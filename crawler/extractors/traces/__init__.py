"""How fields come by their values, for whoever wants to know of one page; runs do without."""
