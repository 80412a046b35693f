"""What is learnt about the line under load: throughput, round trips, what else went on, and RFC 6349."""

from diagnostics.quantity import number, state, text

THROUGHPUT = tuple(
    quantity
    for way, word in (("down", "towards the subscriber"), ("up", "from the subscriber"))
    for quantity in (
        number(f"throughput_{way}_mbps", 0.001, f"TCP throughput {word}", "RFC 6349 3.3"),
        state(f"throughput_{way}_layer", ("tcp_payload", "ip", "ethernet"), f"which bytes {word} count for the rate"),
        number(f"throughput_{way}_contract_ratio", 0.0001, f"TCP throughput {word} over the ordered rate"),
        number(f"throughput_{way}_kbyte_s_per_mbit", 0.001, f"throughput {word} for each ordered Mbit/s, kB = 1000 B"),
        state(f"throughput_{way}_confidence", ("high", "medium", "low"), f"how steady the rate {word} was"),
        text(f"throughput_{way}_repeat", f"why the rate {word} was measured once more, and what came of it"),
        number(f"throughput_{way}_bytes", 1, f"TCP payload bytes {word} in the counted window"),
        number(f"throughput_{way}_us", 1, f"length of the counted window {word}"),
        number(
            f"throughput_{way}_ceiling_mbps",
            0.1,
            f"highest TCP throughput {word} that the path allows",
            "RFC 6349 4.1.1",
        ),
        number(f"throughput_{way}_retransmits", 1, f"TCP segments sent again {word}, where the sender tells"),
    )
)

_WAYS = (("down", "download"), ("up", "upload"))
LATENCY = (
    number("latency_idle_p50_ms", 0.001, "median round trip to the reflector without load", "RFC 2681"),
    number("latency_idle_p95_ms", 0.001, "95th percentile of the round trip without load", "RFC 2681"),
    *(
        quantity
        for way, word in _WAYS
        for quantity in (
            number(f"latency_{way}_loaded_p50_ms", 0.001, f"median round trip under {word}", "RFC 2681"),
            number(f"latency_{way}_loaded_p95_ms", 0.001, f"95th percentile of the round trip under {word}"),
            number(f"latency_{way}_loaded_p99_ms", 0.001, f"99th percentile of the round trip under {word}"),
            number(f"latency_{way}_loss_ratio", 0.001, f"share of echo requests without an answer under {word}"),
            number(f"latency_{way}_added_ms", 0.001, f"median round trip under {word} less that without load"),
        )
    ),
)

# What is watched beside a run; index `down` or `up` names the run.
BESIDE = (
    *(
        number(f"cross_traffic_{way}_ratio", 0.0001, f"share of foreign traffic beside the {word}")
        for way, word in _WAYS
    ),
    number("station_cpu_max_ratio", 0.001, "how busy the station's busiest core was, median over the window"),
    number("station_softirq_max_ratio", 0.001, "time of one core in soft interrupts, highest over the window"),
    number("station_temperature_celsius", 0.1, "highest temperature of the station during the run"),
    state(
        "station_throttling",
        ("none", "under_voltage", "throttled"),
        "whether the station ran with too little voltage or at a lowered clock",
    ),
    number("station_iperf3_cpu_ratio", 0.001, "time of one core that the station's iperf3 took"),
    number("reflector_iperf3_cpu_ratio", 0.001, "time of one core that the reflector's iperf3 took"),
)

RFC_6349 = (
    number("tcp_baseline_rtt_ms", 0.001, "median round trip to the reflector over an idle line", "RFC 6349 3.2.1"),
    number("tcp_bandwidth_mbps", 0.001, "TCP payload rate of the path's narrowest link", "RFC 6349 3.2.2"),
    number("tcp_bdp_bytes", 1, "bandwidth-delay product: the least window that fills the path", "RFC 6349 3.3.1"),
    number("tcp_throughput_mbps", 0.001, "payload rate of a single TCP connection", "RFC 6349 3.3"),
    number("tcp_transfer_time_ratio", 0.001, "actual over ideal transfer time of one connection", "RFC 6349 4.1"),
    number("tcp_efficiency_ratio", 0.00001, "share of the sent bytes that were not sent again", "RFC 6349 4.2"),
    number("tcp_loaded_rtt_ms", 0.001, "mean round trip to the reflector during a transfer", "RFC 6349 4.3"),
    number("tcp_buffer_delay_ratio", 0.001, "growth of the mean round trip in a transfer", "RFC 6349 4.3"),
    number("tcp_window_bytes", 1, "window of one step of the window scan", "RFC 6349 3.3.1"),
    number("tcp_window_expected_mbps", 0.001, "rate that this window can carry at best", "RFC 6349 3.3.1"),
    number("tcp_window_mbps", 0.001, "payload rate of one connection with this window", "RFC 6349 3.3"),
    number("tcp_window_ratio", 0.001, "measured over expected rate with this window", "RFC 6349 5.2"),
)
