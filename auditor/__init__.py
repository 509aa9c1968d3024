"""auditor: whether outbound dialling stayed within the law, with the evidence behind every figure."""

__version__ = "0.1.0"
