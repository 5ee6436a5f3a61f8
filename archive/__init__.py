"""What is kept, what a report says, and how it is shown."""
