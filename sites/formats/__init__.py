"""Documents that are not HTML pages: bytes → `Extracted`. Pure, but for the OCR reader's model."""

from sites.formats.documents import read
from sites.formats.sniff import MEDIA_TYPES, sniff

__all__ = ["MEDIA_TYPES", "read", "sniff"]
