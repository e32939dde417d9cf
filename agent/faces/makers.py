"""What is known of cameras by who made them, as they write themselves, in small letters."""

from __future__ import annotations

PHONES = frozenset(  # whose clocks are set by the network
    {
        "apple",
        "google",
        "samsung",
        "xiaomi",
        "redmi",
        "huawei",
        "honor",
        "oneplus",
        "oppo",
        "vivo",
        "motorola",
        "realme",
    }
    | {"fairphone", "nothing"}
)
UTC_IN_VIDEOS = PHONES | {"canon", "sony"}
