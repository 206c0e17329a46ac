"""What pages accept: forms, and the words for what is wrong with what was typed."""
