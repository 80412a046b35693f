"""The acceptance report: one bundle as people read it, as HTML and as PDF, in English and Chinese.

`statement.state` takes a bundle apart and verifies it, `sheet.html` shows it, `printing.pdf` prints that page. It
believes nothing that it did not verify, and says of everything what that is worth.
"""
