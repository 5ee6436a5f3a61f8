"""One CMS family a file."""
