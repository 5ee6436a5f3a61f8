"""Attachments: PDF, DOCX, XLSX, text and pictures to `Extracted`."""
