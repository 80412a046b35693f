"""What is learnt about a technician's visit: the procedure's own gates, judged on the record that closes the visit.

Nothing here is measured on the line. What nobody noted is a failure, never a "no".
"""

from diagnostics.quantity import number, state, text

VISIT = (
    state("order_data", ("complete", "incomplete"), "the order's data before the visit"),
    text("order_data_missing", "what the order lacked before the visit"),
    number("booking_delay_s", 1, "time from the order's arrival to the appointment being made"),
    number("appointment_window_s", 1, "length of the appointed window"),
    number("arrival_offset_s", 1, "arrival after the appointed time (negative: before it)"),
    number("change_notice_s", 1, "shortest notice given for a change of the appointment"),
    state("change_reason", ("named", "unnamed"), "whether each change names its cause and the desk that confirmed it"),
    number("nobody_in_wait_s", 1, "time waited at a door that nobody opened"),
    number("repair_duration_s", 1, "time from the order's arrival to the repaired line's result"),
    state("repair_day", ("same", "later"), "day of the repair against the order's"),
    text("device_barcode", "bar code on the device, as scanned", personal="ont_serial"),
    state("device_barcode_as_read", ("same", "other"), "the device's bar code against the serial that was read"),
    state("cable_label_scan", ("scanned",), "the drop cable's label"),
    text("cable_label", "label on the drop cable, as scanned", personal="cable_label"),
    number("photographs", 1, "photographs taken"),
    state("told_result", ("told",), "what the customer was told of the measured result"),
    state("told_account", ("told",), "what the customer was told of the account"),
    state("told_mode", ("told",), "what the customer was told of route or bridge mode"),
    state("account_label", ("attached",), "label with the account on the device"),
    number("customer_rating", 1, "the customer's rating of the visit, 1 to 5"),
    state("visit_escalation", ("none", "support", "desk"), "whom the technician called in"),
)
