"""What ``nakhon alerts`` does beside listing them."""
