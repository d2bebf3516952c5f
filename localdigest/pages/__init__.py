"""What a page holds, owes and shows."""
