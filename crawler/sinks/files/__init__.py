"""Files and streams that records go to: cut back to a commit, compressed, numbered, named."""
