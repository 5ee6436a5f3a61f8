"""Documents that are not HTML pages: bytes → `Extracted`. Pure, but for the OCR reader's model."""

from sites.formats.documents import read
from sites.formats.sniff import IMAGES, MEDIA_TYPES, is_page_in_place, sniff

__all__ = ["IMAGES", "MEDIA_TYPES", "is_page_in_place", "read", "sniff"]
