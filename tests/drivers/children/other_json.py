"""Writes JSON that is no measurement, and ends as if all were well."""

print('{"measurement": {"quantity": 7}}')
print('{"evidence": "x", "base64": 7}')
