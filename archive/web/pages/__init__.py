"""The pages, one module a group; each view takes a `Visit` and gives a response."""
