"""Who hears of which alerts, and when: cases, as the routes of the city gather them."""
