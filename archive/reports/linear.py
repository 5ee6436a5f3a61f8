from archive.reports.cells import Harvest


def read_linear(text: str) -> dict[str, Harvest]:
    return {}
