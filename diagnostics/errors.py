"""The error family: our own faults and refusals, never trouble on the line (that is a Failure, and data).

    ProoflightError
    +-- BadInput           65  what somebody handed in is wrong: order, bundle, capture, key file
    +-- NotAvailable       69  something needed is not there: a program, a right, a port, a lock
    +-- BadConfiguration   78  our own data is wrong: configuration, criteria, profile

Each message is one line that names the thing and the remedy; `exit_code` is what the command line ends with.
"""


class ProoflightError(Exception):
    """Base of all errors that Prooflight raises on purpose."""

    exit_code = 70


class BadInput(ProoflightError):
    """Something handed in cannot be used; the message names the field and what is expected there."""

    exit_code = 65


class NotAvailable(ProoflightError):
    """Something needed is missing on this machine or out of reach; the message says how to get it."""

    exit_code = 69


class BadConfiguration(ProoflightError):
    """A file of our own (configuration, criteria, profile) is wrong; the message names file, key and remedy."""

    exit_code = 78
