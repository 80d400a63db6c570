"""From what was found to what is stored: text of elements, numbers, dates, URLs."""
