"""What every portal shares: decoding, dates, addresses, metadata, cleaning, walls."""
