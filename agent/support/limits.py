"""The limits of remote support, all in one place; sizes in bytes, times in seconds of the monotonic clock."""

COMMAND_BYTES = 16 << 10
EXPIRY_S = 120  # how long a broker keeps a command
MESSAGE_BYTES = 64 << 10
TOTAL_BYTES = 1 << 20  # all replies to one command
BODY_BYTES = 32 << 10  # what fits into one message once it was encrypted and signed
A_MINUTE = 10
AN_HOUR = 60
QUEUE = 8
CONSENT_MINUTES = 30
BROKEN_OFF_S = 60.0  # after so long without anybody who takes the replies, what runs ends
