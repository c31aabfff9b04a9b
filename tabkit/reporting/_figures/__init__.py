"""The drawings of the report: each takes figures that were computed before and returns SVG."""
